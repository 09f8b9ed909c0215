package ray

// Kept counts what a session keeps that should not grow with use: hooks of its end, functions that
// values have, and the origins of goroutines of cells.
func Kept() (hooks, funcs, origins int) {
	if s := currentSession(); s != nil {
		s.mu.Lock()
		hooks, funcs = len(s.hooks), len(s.funcs)
		s.mu.Unlock()
	}
	if source := cellContext.Load(); source != nil {
		source.byOrigin.Range(func(any, any) bool { origins++; return true })
	}
	return hooks, funcs, origins
}
