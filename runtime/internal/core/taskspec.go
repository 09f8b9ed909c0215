package core

import "time"

// Kind says what a TaskSpec runs.
type Kind uint8

// The kinds of tasks.
const (
	Task       Kind = iota // a function, in any worker
	ActorStart             // an actor's constructor, in a process of its own
	ActorCall              // a method of an actor, in its process
)

// TaskSpec is all that a worker needs to run a function.
type TaskSpec struct {
	ID   ID // of the task and of its result; for ActorStart also of the actor
	Kind Kind
	// Job numbers the driver's program that it belongs to, 1 the first; the owner of all tasks fills it in.
	Job    uint32
	Parent ID // the task that submitted it; zero: the driver
	Actor  ID // ActorCall: whose method
	Func   *FuncRef
	Method string // ActorCall by name; Func is then nil
	Args   []Arg
	// Left is how much of Options.Timeout is left when it is sent to a worker, which has a clock of its own.
	Left time.Duration
	// Python is what runs instead of Func, on a PythonRunner.
	Python *PythonTarget
	// Returns are the ids of the second and further results of a Task.
	Returns []ID
	// Options are shared by the tasks of a function, of which there may be millions: whoever has to
	// change those of one task gives it a copy (Own).
	*Options
}

// FuncRef says where a function's code is.
type FuncRef struct {
	Name string // for people: "main.square"
	Cell string // "In[3]", or the source file of compiled code
	Line int    // of the declaration

	// Compiled code: addresses relative to the binary's base, valid for the build Hash only.
	PC, Type uint64
	// Names find the function in other builds of the program; nil where it goes to its own only.
	Names *FuncNames `json:",omitempty"`
	// Hash names the build of compiled code, or the source of a cell function (IsCell).
	Hash     string
	IsCell   bool
	Captures Value // of a cell function: its captured variables, encoded one after another
	Live     any   // the function itself, where the backend shares the driver's memory
	// Native is the file that says where the function is as a native program; empty without one.
	Native string
}

// FuncNames are what a compiled function is called in each build of its program.
type FuncNames struct {
	Symbol string // the linker's: "example.com/m/p.(*T).Method"
	Type   string // of the function, and what that is made of: codec.TypeKey
	Layout uint64
}

// Options are the knobs of tasks and actors. Zero values are not defaults: DefaultTask and
// DefaultActor are.
type Options struct {
	Name, Namespace string
	Resources       Resources
	MaxRetries      int      // of system failures; -1 without limit
	RetryAll        bool     // retry whatever error the function returns
	RetryErrors     []string // keys of the errors (ErrorKey) that are retried
	MaxRestarts     int      // of an actor; -1 without limit
	MaxTaskRetries  int      // of an actor's calls when the actor restarts
	MaxConcurrency  int      // calls that an actor runs at the same time
	MaxPendingCalls int      // of an actor: calls that have not finished; 0 without limit
	Detached        bool     // the actor outlives its handles
	GetIfExists     bool     // a second actor of the same name is the first
	Tier            Tier     // how a function of a cell is run
	Strategy        Strategy // where it may run

	// Timeout is how long a task or a call may take from its submission, waiting included; 0 is no
	// limit. Ray has none: ray.cancel after that time, and an error of its own.
	Timeout time.Duration
	// Groups are an actor's concurrency groups, each with how many calls it runs at the same time
	// (Ray: concurrency_groups). Calls in none of them are MaxConcurrency's.
	Groups map[string]int
	// MethodGroups are the groups of an actor's methods, by name (Ray: ray.method(concurrency_group=…)).
	MethodGroups map[string]string
	// Group is the group of a call; "" is that of its method (Ray: concurrency_group).
	Group string
	// Env is the environment of the worker process, nil for the driver's (Ray: runtime_env).
	Env *Env
}

// Ray's defaults.
const (
	DefaultMaxRetries     = 3
	DefaultMaxConcurrency = 1
)

// DefaultTask returns the options of a task that nobody configured: 1 CPU, 3 retries.
func DefaultTask() Options {
	return Options{Resources: Resources{CPU: 1}, MaxRetries: DefaultMaxRetries, MaxConcurrency: DefaultMaxConcurrency}
}

// DefaultActor returns the options of an actor that nobody configured: no CPU while it lives,
// no restarts, one call at a time.
func DefaultActor() Options {
	return Options{Resources: Resources{}, MaxConcurrency: DefaultMaxConcurrency}
}

// Own gives the task options of its own, which may be changed.
func (s *TaskSpec) Own() *Options {
	s.Options = new(*s.Options)
	return s.Options
}

// Label is what people call the task: its Name option, its method, or its function.
func (s *TaskSpec) Label() string {
	switch {
	case s.Options.Name != "" && s.Kind == Task:
		return s.Options.Name
	case s.Func != nil:
		return s.Func.Name
	default:
		return s.Method
	}
}

// IsDefaultTask reports whether the options are DefaultTask's.
func (o *Options) IsDefaultTask() bool {
	return o.plain() && o.MaxRetries == DefaultMaxRetries && len(o.Resources) == 1 && o.Resources[CPU] == 1
}

// IsDefaultActor reports whether the options are DefaultActor's.
func (o *Options) IsDefaultActor() bool {
	return o.plain() && o.MaxRetries == 0 && len(o.Resources) == 0
}

func (o *Options) plain() bool {
	return o.Name == "" && o.Namespace == "" && !o.RetryAll && len(o.RetryErrors) == 0 && o.MaxRestarts == 0 &&
		o.MaxTaskRetries == 0 && o.MaxConcurrency == DefaultMaxConcurrency && o.MaxPendingCalls == 0 && !o.Detached && !o.GetIfExists && o.Tier == TierAuto && o.Strategy.IsZero() &&
		o.Timeout == 0 && o.Groups == nil && o.MethodGroups == nil && o.Group == "" && o.Env == nil
}
