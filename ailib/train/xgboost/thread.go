package xgboost

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Thread is one OS thread that runs functions one after another. XGBoost ties
// its communicator and its OpenMP team to the calling thread; a goroutine that
// wanders between threads would lose the one and multiply the other.
type Thread struct {
	work chan func()
	done chan struct{}
}

// NewThread starts a thread. It ends with Close.
func NewThread() *Thread {
	t := &Thread{work: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		// The goroutine ends without unlocking, so that the OS thread ends
		// with it and takes everything that XGBoost tied to it along.
		runtime.LockOSThread()
		for f := range t.work {
			f()
		}
	}()
	return t
}

// Do runs f on the thread and returns its error. A panic of f is returned as
// an error. Do must not be called from within f, nor after Close.
func (t *Thread) Do(f func() error) error {
	result := make(chan error, 1)
	t.work <- func() {
		defer func() {
			if p := recover(); p != nil {
				result <- fmt.Errorf("xgboost: panic: %v\n%s", p, debug.Stack())
			}
		}()
		result <- f()
	}
	return <-result
}

// Close ends the thread and waits for it.
func (t *Thread) Close() {
	close(t.work)
	<-t.done
}
