package core

import (
	"time"

	"github.com/goray/goray/runtime/internal/metrics"
)

// Gauger is implemented by backends that tell what they do in figures. It is asked every second, so
// the answer must cost little however many tasks there are.
type Gauger interface {
	Gauges() Gauges
}

// Gauges is a session in figures at one moment.
type Gauges struct {
	At    time.Time
	Tasks []TaskGauge // that have not finished
	// Estimated is true where there were too many tasks to look at each: the names are missing then,
	// and what does not run is taken to wait for resources.
	Estimated        bool
	Finished, Failed int64          // tasks since the start; the failed ones are among the finished
	Actors           map[string]int // by state
	Groups           map[string]int // placement groups by state
	Objects          int
	Nodes            []NodeGauge

	StoreSpilled   int64 // bytes that lie in files now
	SpilledTotal   int64 // bytes that were written to files
	RestoredTotal  int64 // bytes that were read back
	Transferred    int64 // bytes that were copied from node to node
	Reconstructed  int   // tasks that ran again because their results were lost
	KilledForSpace int   // tasks that were ended because memory was short

	MemoryUsed, MemoryTotal int64 // of the machine, or of the container
	Driver                  WorkerGauge
}

// TaskGauge counts the tasks of one name in one state.
type TaskGauge struct {
	Name, State string
	Retry       bool // not the first attempt
	Count       int
}

// NodeGauge is a node in figures.
type NodeGauge struct {
	ID, IP        string
	Alive, Head   bool
	Total, Free   Resources
	Labels        map[string]string `json:",omitempty"`
	StoreUsed     int64             // bytes
	StoreCapacity int64
	Workers       []WorkerGauge
}

// WorkerGauge is a process in figures.
type WorkerGauge struct {
	PID     int
	Running string // a task or an actor; empty when idle
	Memory  int64  // bytes that only it has, with its children
	Given   int    // tasks that it has and that have not ended
}

// Measurer is implemented by backends that keep the program's metrics in another process.
type Measurer interface {
	Metrics() ([]metrics.Series, error)
}
