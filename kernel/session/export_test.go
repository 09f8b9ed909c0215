package session

import "slices"

// ImageAfter says whether the newest image was made after a cell.
func (s *Supervisor) ImageAfter(cell int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.image != nil && s.image.Cell == cell
}

// Whole says whether the newest image was made after a cell, when no goroutine ran any more.
func (s *Supervisor) Whole(cell int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.image != nil && s.image.Cell == cell && !slices.ContainsFunc(s.image.Variables, func(v saved) bool { return v.Why == stillRunning })
}

// Commands is how many commands the child of now runs, as far as it has said.
func (s *Supervisor) Commands() int {
	s.mu.Lock()
	a := s.now
	s.mu.Unlock()
	if a == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.groups)
}
