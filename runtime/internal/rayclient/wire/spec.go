package wire

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Header is what the shim reads of a task; the rest of it, the payload, is for Go.
type Header struct {
	// SHA are the hashes (SHA-256, hexadecimal) of the binaries, by Go's name of the platform.
	SHA map[string]string `json:"sha,omitempty"`
	// Label is what people call the task.
	Label string `json:"label,omitempty"`
	// Returns is the number of results of a task.
	Returns int `json:"returns,omitempty"`
	// Captures: the first value is the function's captured variables.
	Captures bool `json:"captures,omitempty"`
	// Namespace is the driver's.
	Namespace string `json:"ns,omitempty"`
	// Concurrency is that of an actor.
	Concurrency int `json:"concurrency,omitempty"`
	// GPUs: a task has some; which, its worker asks Ray.
	GPUs bool `json:"gpus,omitempty"`
	// Python is what a task or a call of Python's runs; there is no payload then.
	Python *core.PythonTarget `json:"python,omitempty"`
	// Retry: what a task of Python's raises is to be tried again.
	Retry bool `json:"retry,omitempty"`
	// Bins: the first value of a call are the programs, which a call of Python's needs that is given
	// values of Go's.
	Bins bool `json:"bins,omitempty"`
}

// ForPython fills in what a task of Python's needs, and reports whether it does: whether there are
// arguments that Go may have made.
func (h *Header) ForPython(s *core.TaskSpec) (translates bool) {
	h.Python, h.Retry = s.Python, s.RetryAll
	for i := range s.Args {
		translates = translates || s.Args[i].Ref != 0
	}
	h.Bins = translates && s.Kind == core.ActorCall
	return translates
}

// call is a TaskSpec without its arguments.
type call struct {
	ID, Parent, Actor core.ID
	Kind              core.Kind
	Func              *core.FuncRef `json:",omitempty"`
	Method            string        `json:",omitempty"`
	Returns           []core.ID     `json:",omitempty"`
	Options           *core.Options `json:",omitempty"` // nil: those of the kind
	Args              int
	Expires           time.Time `json:",omitzero"` // of Options.Timeout, by the clock of the one who submits
}

// EncodeSpec encodes a task without its arguments and captured variables.
func EncodeSpec(s *core.TaskSpec) ([]byte, error) {
	c := call{ID: s.ID, Parent: s.Parent, Actor: s.Actor, Kind: s.Kind, Method: s.Method, Returns: s.Returns, Args: len(s.Args)}
	if s.Options != nil && s.Timeout > 0 {
		c.Expires = time.Now().Add(s.Timeout)
	}
	if s.Func != nil {
		f := *s.Func
		f.Live, f.Captures = nil, core.Value{}
		if f.Native != "" { // a file of the driver's machine, whose name says what to look for among the code
			f.Native = filepath.Base(f.Native)
		}
		marshal.Portable(&f)
		c.Func = &f
	}
	if !(s.Kind == core.Task && s.IsDefaultTask()) && !(s.Kind != core.Task && s.IsDefaultActor()) {
		c.Options = s.Options
	}
	return json.Marshal(c)
}

// The options of those who said nothing; nobody changes them.
var defaultTask, defaultActor = core.DefaultTask(), core.DefaultActor()

// DecodeSpec reads what EncodeSpec wrote. Args has its length, and zeros.
func DecodeSpec(b []byte) (*core.TaskSpec, error) {
	var c call
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("a task is damaged: %w; driver and worker must be of one build", err)
	}
	s := &core.TaskSpec{ID: c.ID, Kind: c.Kind, Parent: c.Parent, Actor: c.Actor, Func: c.Func, Method: c.Method,
		Returns: c.Returns, Options: c.Options, Args: make([]core.Arg, c.Args)}
	if !c.Expires.IsZero() {
		s.Left = time.Until(c.Expires)
	}
	switch {
	case c.Options != nil:
	case c.Kind == core.Task:
		s.Options = &defaultTask
	default:
		s.Options = &defaultActor
	}
	return s, nil
}

// Namespace is the namespace of Ray's internal key-value store that is ours.
const Namespace = "goray"

// CodeKey is the key of a cell's source in it.
func CodeKey(hash string) string { return "code/" + hash }

// WantKey is the key under which nodes ask a job's driver for its program: a list of platforms, by Go's
// names, separated by spaces.
func WantKey(job string) string { return "want/" + job }

// HaveKey is the key of the driver's answer for one platform, a Have in JSON.
func HaveKey(job, arch string) string { return "have/" + job + "/" + arch }

// Have is a driver's answer to nodes of another platform.
type Have struct {
	SHA string `json:"sha,omitempty"` // of the program
	Ref string `json:"ref,omitempty"` // Ray's reference to it, pickled, hexadecimal
	Why string `json:"why,omitempty"` // there will not be one
	// Building changes while it is being made.
	Building int `json:"building,omitempty"`
}
