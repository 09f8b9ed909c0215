package core

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/goray/goray/runtime/internal/machine"
)

// Server is a backend whose session other processes can join.
type Server interface {
	// Serve lets them in through a socket at path, until the session ends.
	Serve(path string) error
}

// Observation is a question of a driver that has joined, as for Observer, and its answer.
type Observation struct {
	What string // "tasks", "attempts", "objects", "actors", "workers", "output", "events", "stacks",
	// "demands", "drivers"
	ID   ID // of "output"
	PID  int
	Node string `json:",omitempty"` // of "output": of all its processes
	// After is the serial number of the last event, or line, that is known.
	After int64 `json:",omitempty"`

	Tasks     []TaskState   `json:",omitempty"`
	Attempts  []Attempt     `json:",omitempty"`
	Forgotten int64         `json:",omitempty"`
	Objects   []ObjectState `json:",omitempty"`
	Actors    []ActorInfo   `json:",omitempty"`
	Workers   []WorkerState `json:",omitempty"`
	Lines     []OutputLine  `json:",omitempty"`
	Known     bool          `json:",omitempty"`
	Events    []Event       `json:",omitempty"`
	Stacks    []Stack       `json:",omitempty"`
	Demands   []Demand      `json:",omitempty"`
	Drivers   []DriverState `json:",omitempty"`
}

// Ender is a driver that notices the end of the session which it has joined.
type Ender interface {
	// Ended is closed then.
	Ended() <-chan struct{}
}

// Namespaced is a backend that has chosen the namespace of its driver.
type Namespaced interface {
	Namespace() string
}

// HeadDir is where this user's head keeps its socket and its log: $GORAY_HEAD, or a folder in the
// temporary directory.
func HeadDir() string {
	if dir := os.Getenv("GORAY_HEAD"); dir != "" {
		return dir
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("goray-%d", os.Getuid()), "head")
}

// headFolders are those that lead to the head's socket and that nobody else may change.
func headFolders() []string {
	dir := HeadDir()
	if os.Getenv("GORAY_HEAD") != "" {
		return []string{dir}
	}
	return []string{filepath.Dir(dir), dir}
}

// MakeHeadDir makes the folder of this user's head.
func MakeHeadDir() error { return eachHeadFolder(machine.OwnFolder) }

// CheckHead refuses the folder of a head that another user may have prepared, before anybody talks to
// what listens there.
func CheckHead() error { return eachHeadFolder(machine.CheckOwn) }

func eachHeadFolder(check func(string) error) error {
	for _, dir := range headFolders() {
		if err := check(dir); err != nil {
			return fmt.Errorf("the folder of the head: %w", err)
		}
	}
	return nil
}

// HeadSocket is where drivers join this user's head.
func HeadSocket() string { return filepath.Join(HeadDir(), "socket") }

// HeadJobs is where this user's head takes jobs.
func HeadJobs() string { return filepath.Join(HeadDir(), "jobs") }

var jobLister atomic.Pointer[func() any]

// SetJobs says how the jobs of this head are listed: as values with the field names of Ray's REST API
// in JSON; nil: this is no head.
func SetJobs(list func() any) {
	if list == nil {
		jobLister.Store(nil)
		return
	}
	jobLister.Store(&list)
}

// Jobs lists the jobs of this head; nil when this is none.
func Jobs() any {
	if list := jobLister.Load(); list != nil {
		return (*list)()
	}
	return nil
}
