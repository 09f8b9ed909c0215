package core

import "time"

// Event is something that happened to a session and may interest people.
type Event struct {
	Serial   int64 // 1, 2, 3 … in the session
	At       time.Time
	Severity string // "INFO", "WARNING", "ERROR"
	Type     string // "NODE_ADDED", "WORKER_DIED" …
	ID       string `json:",omitempty"` // of what it happened to
	Node     string `json:",omitempty"`
	Message  string
}

// EventLog is implemented by backends that remember events, the last of them.
type EventLog interface {
	// Record adds an event; Serial and At are filled in.
	Record(Event)
	// Events lists those after a serial number, the oldest first; 0 is all that are remembered.
	Events(after int64) []Event
}

// Warden is implemented by backends that tell of their processes and of what is wanted of them.
type Warden interface {
	// Stacks returns what each goroutine of the session's processes does, as Go prints it: of all
	// processes, or of the one with the pid.
	Stacks(pid int) []Stack
	// Demands lists what waits for resources, the most wanted first.
	Demands() []Demand
	// Drivers lists the programs that have joined.
	Drivers() []DriverState
}

// Stack is a process and what its goroutines do.
type Stack struct {
	PID     int
	Node    string
	Running string // as in WorkerState; "driver" or "head" for those
	Text    string // empty when it did not answer
}

// Demand is how many tasks, actors or placement groups wait for the same resources.
type Demand struct {
	Kind      string      // "task", "actor", "placement group"
	Asks      string      // "CPU 2, GPU 1"
	Resources []Resources // one, or the bundles of a placement group
	Count     int
	Strategy  string `json:",omitempty"` // of placement groups
	// Infeasible counts those that no node which is there could ever run.
	Infeasible int `json:",omitempty"`
}

// DriverState is a program that has joined a session.
type DriverState struct {
	PID        int
	Job        string // its name among the session's jobs
	Submission string `json:",omitempty"` // of the job that started it
	Namespace  string
	Command    string
	Joined     time.Time
	Left       time.Time `json:",omitzero"`
}
