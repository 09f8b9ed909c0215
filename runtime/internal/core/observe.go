package core

import "time"

// Observer is implemented by backends that tell all they know, also about what has ended. The
// functions given to it are called under the backend's lock: they must be quick and not call back.
type Observer interface {
	// EachTask lists the tasks that have not finished, in the order of their submission, and then
	// the last that have, the newest first.
	EachTask(f func(*TaskState))
	// EachAttempt lists the attempts that have ended, as far as they are remembered, the oldest
	// first. It returns how many are forgotten.
	EachAttempt(f func(*Attempt)) (forgotten int64)
	// EachObject lists the objects, in no order.
	EachObject(f func(*ObjectState))
	// AllActors lists the actors, also the last that have died.
	AllActors() []ActorInfo
	// AllWorkers lists the worker processes that live.
	AllWorkers() []WorkerState
	// Output returns the last lines of a worker process, or those of a task or an actor (id other
	// than zero). known is false when nothing of that process is kept.
	Output(id ID, pid int) (lines []OutputLine, known bool)
}

// Attempt is a run of a task that has ended.
type Attempt struct {
	TaskState
	Final      bool          // no other followed
	Concurrent bool          // its actor runs several calls at a time
	Sent       time.Time     // to the worker; zero if it never was
	Ended      time.Time     // when the driver knew
	Ran        time.Duration // as the worker measured; zero when it did not come to that
}

// OutputLine is a line that a worker printed.
type OutputLine struct {
	Serial int64 `json:",omitempty"` // grows in the order of all lines of the session
	PID    int
	Stderr bool
	At     time.Time
	Text   string
}
