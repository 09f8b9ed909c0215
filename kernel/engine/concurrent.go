package engine

// Concurrent is an engine that runs cells side by side: Execute may be called while another call
// runs. Cells are checked one at a time; then they run as two goroutines of one Go program do, and
// share its variables with the same care.
type Concurrent interface {
	Engine
	// Current returns the cell that the calling goroutine belongs to, because the cell started
	// it or one that did; ok is false for any other goroutine.
	Current() (cell Cell, ok bool)
}
