package core

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Backend runs tasks and keeps objects. All methods may be called by many goroutines.
//
// Counting: Submit, CreateActor and Put each give the caller one count on the id; Retain adds
// one, Release takes one. At zero the object goes, and an actor ends after its pending calls.
type Backend interface {
	// NewID returns an id that no other process of the session makes.
	NewID() ID
	// Submit queues a task or an actor call and returns at once. What goes wrong later becomes
	// the Failure of the result. The spec belongs to the backend afterwards.
	Submit(spec *TaskSpec) error
	// CreateActor queues an ActorStart. With Options.GetIfExists it may return another actor's id
	// (with a count for the caller).
	CreateActor(spec *TaskSpec) (ID, error)
	// Put stores a value under an id from NewID. The memory of v stays the caller's.
	Put(id ID, v Value) error
	// Get waits for all ids and returns their values in order. A value that failed is a Value
	// with Failure; the error is about the waiting: ctx, or the end of the session.
	Get(ctx context.Context, ids []ID) ([]Value, error)
	// Wait returns when n of ids are available, when timeout (negative: none) has passed, or when
	// ctx ends; ready[i] tells which.
	Wait(ctx context.Context, ids []ID, n int, timeout time.Duration) (ready []bool, err error)
	// Cancel stops a task that has not finished; force kills the process it runs in.
	Cancel(id ID, force, recursive bool) error
	// Kill ends an actor at once; with noRestart it stays dead.
	Kill(actor ID, noRestart bool) error
	// LookupActor finds a named actor and gives the caller a count on it.
	LookupActor(name, namespace string) (ActorInfo, error)
	Retain(id ID)
	Release(id ID)
	// AddCode makes the source of cell functions available to every worker.
	AddCode(hash string, source []byte) error
	// Code returns a source that some process of the session added.
	Code(hash string) ([]byte, error)

	Total() Resources
	Available() Resources
	Nodes() []NodeInfo
	Info() Info
	// Close ends the session: tasks are stopped, processes end, memory is returned.
	Close() error
}

// ContextPutter is implemented by backends whose Put may take long.
type ContextPutter interface {
	// PutContext is Put that obeys ctx: when it ends first there is no such object, and the error is
	// ctx's. The memory of v may be changed then.
	PutContext(ctx context.Context, id ID, v Value) error
}

// ActorLister is implemented by backends that can list the names of actors.
type ActorLister interface {
	// NamedActors lists the living actors that have a name, in the order of namespaces and names;
	// namespace nil is all of them (Ray: list_named_actors).
	NamedActors(namespace *string) ([]ActorName, error)
}

// ActorName is the name of an actor.
type ActorName struct{ Name, Namespace string }

// ActorExiter is implemented by the backends of processes in which actors live.
type ActorExiter interface {
	// ExitActor ends the actor whose call task is, after the calls that are running; no other begins
	// (Ray: exit_actor). It is not restarted.
	ExitActor(task ID) error
}

// Exited is why an actor is dead that has ended itself.
func Exited(actor string) *Failure {
	return &Failure{Kind: ActorDied, Func: actor, Text: "it exited intentionally, with ray.ExitActor"}
}

// ActorInfo describes an actor.
type ActorInfo struct {
	ID              ID
	Name, Namespace string
	Class           string
	State           string // "PENDING", "ALIVE", "RESTARTING", "DEAD"
	PID             int
	Restarts        int
	Pending         int
	Node            string `json:",omitempty"`
	Death           string `json:",omitempty"` // why it died
	Job             string `json:",omitempty"`
	RayID           string `json:",omitempty"` // where Ray keeps the state; ID is then 0 for what others made
}

// NodeInfo describes a node.
type NodeInfo struct {
	ID, IP    string
	Alive     bool
	Resources Resources
	Labels    map[string]string
}

// Info says what was started.
type Info struct {
	NodeID, NodeIP, SessionDir, Scheme string
	DashboardURL                       string
	// JobID names the driver's program among those of a shared cluster; empty when it is alone.
	JobID string
	// SharesMemory is true where tasks run in the driver's process: functions and values need not
	// be encoded.
	SharesMemory bool
}

// Config is what ray.Config says, as a backend needs it; defaults are filled in.
type Config struct {
	Address           string
	Resources         Resources // with CPU, GPU, memory
	ObjectStoreMemory int64     // bytes
	Namespace         string
	DashboardPort     int
	DashboardHost     string // "" is the loopback interface
	DashboardToken    string // of readers from elsewhere; "" is looked up or made
	LogToDriver       bool
	RecordCallSites   bool // remember the program's line that made an object
	// Nodes, if there are any, are virtual nodes, instead of one with Resources. The driver
	// belongs to the first.
	Nodes []NodeConfig
	// Labels are those of the only node, where Nodes is empty.
	Labels map[string]string
	// MemoryUsageThreshold is the part of the memory above which tasks are ended to make room; 0
	// is 0.95, negative is never.
	MemoryUsageThreshold float64
	// MemoryLimit is the memory that driver and workers may use together, bytes; 0 is what the
	// machine or the cgroup has, used by whomever.
	MemoryLimit int64
	// WorkerTimeout is how long a worker may give no sign of life before it is ended and its tasks
	// are run again; 0 is 30 s, negative is for ever.
	WorkerTimeout time.Duration
	// Env is the environment of the job, for backends that are an EnvKeeper.
	Env *Env
}

// Opener starts or joins a session.
type Opener func(ctx context.Context, cfg Config) (Backend, error)

var openers struct {
	sync.Mutex
	byScheme map[string]Opener
}

// Register makes a backend available under the scheme of its addresses: "" embedded,
// "inprocess", "ray" for ray://host:port. It panics when the scheme is taken.
func Register(scheme string, open Opener) {
	openers.Lock()
	defer openers.Unlock()
	if openers.byScheme == nil {
		openers.byScheme = map[string]Opener{}
	}
	if openers.byScheme[scheme] != nil {
		panic(fmt.Sprintf("core: scheme %q registered twice", scheme))
	}
	openers.byScheme[scheme] = open
}

// home, if not nil, is what SetHome set.
var home func(address string) string

// SetHome sets where a program belongs that runs inside a cluster: for the addresses "" and "auto" it
// returns the address of that cluster, or the same where it runs in none. Backends call it when they
// are initialised.
func SetHome(f func(address string) string) { home = f }

// Open starts a session on the backend that cfg.Address names.
func Open(ctx context.Context, cfg Config) (Backend, error) {
	if home != nil && (cfg.Address == "" || cfg.Address == "auto") && len(cfg.Nodes) == 0 {
		cfg.Address = home(cfg.Address)
	}
	scheme, _, found := strings.Cut(cfg.Address, "://")
	if !found {
		scheme = cfg.Address
	}
	openers.Lock()
	open := openers.byScheme[scheme]
	known := slices.Sorted(maps.Keys(openers.byScheme))
	openers.Unlock()
	if open == nil {
		return nil, fmt.Errorf("no backend for address %q (known schemes: %q); import the package that provides it, or leave Address empty for the embedded runtime", cfg.Address, known)
	}
	return open(ctx, cfg)
}

// Errors that backends return from blocking calls.
var (
	ErrClosed        = errors.New("the session is closed")
	ErrActorExists   = errors.New("an actor of this name exists")
	ErrActorNotFound = errors.New("no actor of this name")
	ErrOutOfMemory   = errors.New("no shared memory is left")
	ErrGroupExists   = errors.New("a placement group of this name exists")
	ErrGroupNotFound = errors.New("no placement group of this name")
	ErrOutOfDisk     = errors.New("no room for spilled objects is left")

	ErrUnauthenticated = errors.New("ray: unauthenticated")
)
