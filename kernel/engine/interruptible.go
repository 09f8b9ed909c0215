package engine

// Interruptible is an engine whose functions can be stopped when compiled code has called them, as
// a worker does with those that [Code] has brought to it.
type Interruptible interface {
	Engine
	// Enter makes what the calling goroutine runs, and what it starts, an execution of its own
	// until leave, which the same goroutine calls. interrupt, which any goroutine may call, stops
	// its interpreted code at the next safepoint: the goroutines end as if by runtime.Goexit, after
	// their deferred calls.
	Enter() (interrupt, leave func())
}
