package typed

// Busy says whether anything that cells have started still runs: their statements, or goroutines.
func (s *Session) Busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.runs {
		if r.live.Load() > 0 {
			return true
		}
	}
	return false
}
