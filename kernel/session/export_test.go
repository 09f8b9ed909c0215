package session

// ImageAfter says whether the newest image was made after a cell.
func (s *Supervisor) ImageAfter(cell int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.image != nil && s.image.Cell == cell
}
