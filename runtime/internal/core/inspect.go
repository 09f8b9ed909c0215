package core

import "time"

// Inspector is implemented by backends that can tell what they are doing.
type Inspector interface {
	Inspect() State
}

// State is a session at one moment.
type State struct {
	Cluster ClusterState
	Tasks   []TaskState   // those that have not finished, then the last that have
	Actors  []ActorInfo   // also dead ones that somebody refers to
	Objects []ObjectState // the largest
	Groups  []GroupInfo   `json:",omitempty"` // placement groups, in the order of their creation
}

// ClusterState is a session in figures.
type ClusterState struct {
	NodeID, NodeIP   string
	DriverPID        int
	SessionDir       string
	Started          time.Time
	Total, Available Resources
	Workers          []WorkerState
	TasksPending     int
	TasksFinished    int64
	TasksFailed      int64
	Objects          int
	StoreUsed        int64 // bytes of shared memory
	StoreCapacity    int64
	// What the store did to keep its objects within their limits and where they are needed.
	StoreSpilled   int64 // bytes that lie in files now
	SpilledTotal   int64 // bytes that were written to files
	RestoredTotal  int64 // bytes that were read back
	Transferred    int64 // bytes that were copied from node to node
	Reconstructed  int   // tasks that ran again because their results were lost
	KilledForSpace int   // tasks that were ended because memory was short
}

// WorkerState is a worker process.
type WorkerState struct {
	PID     int
	Node    string
	Running string // a task or an actor; empty when idle
}

// TaskState is a task.
type TaskState struct {
	ID       ID
	Name     string
	State    string // "WAITING_FOR_ARGUMENTS", "WAITING_FOR_RESOURCES", "RUNNING", "RETRYING", "FINISHED", "FAILED"
	Failure  string `json:",omitempty"`
	PID      int    `json:",omitempty"`
	Attempt  int
	Started  time.Time     `json:",omitzero"`
	Duration time.Duration `json:",omitempty"` // nanoseconds, when finished

	Job       string    `json:",omitempty"`
	Kind      string    // "NORMAL_TASK", "ACTOR_CREATION_TASK", "ACTOR_TASK"
	Actor     ID        `json:",omitzero"`
	Parent    ID        `json:",omitzero"`  // the task that submitted it
	Node      string    `json:",omitempty"` // where it runs or ran
	Cell      string    `json:",omitempty"` // of the function's declaration, or its file
	Line      int       `json:",omitempty"`
	Error     string    `json:",omitempty"` // what failed
	Submitted time.Time `json:",omitzero"`
	RayID     string    `json:",omitempty"` // where Ray keeps the state; ID is then 0 for what others submitted
}

// ObjectState is an object.
type ObjectState struct {
	ID     ID
	Bytes  int64
	Refs   int
	Shared bool     // in shared memory
	Nodes  []string `json:",omitempty"` // where it is in memory
	File   string   `json:",omitempty"` // what it was written to, to make room
	Ready  bool
	Kind   string // "PUT", "TASK_RESULT", "ACTOR_RESULT", "ARGUMENT", "ACTOR"
	Maker  string `json:",omitempty"` // the task, as far as it is remembered: "main.fit in In[3]:12"
	Site   string `json:",omitempty"` // where it was made: "In[7]", or file and line
	// Holders are who refers to it: "driver (pid 12)", "task fit", "object 00…01".
	Holders []string `json:",omitempty"`
	RayID   string   `json:",omitempty"` // where Ray keeps the state; ID is then 0
}

// MarshalText writes ids as people see them.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}
