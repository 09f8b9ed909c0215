package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// invocation is a command that was typed.
type invocation struct {
	*flag.FlagSet
	name     string
	out, err io.Writer
	rest     []string // what was no flag
	after    []string // what came behind "--"
	dashes   bool     // there was one
}

// newCommand describes a command: usage is what follows its name, help one sentence or more.
func newCommand(name, usage, help string, out, err io.Writer) *invocation {
	c := &invocation{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), name: name, out: out, err: err}
	c.SetOutput(err)
	c.Usage = func() {
		w := c.Output()
		fmt.Fprintf(w, "usage: goray %s\n%s\n", strings.TrimSpace(name+" "+usage), help)
		flags := false
		c.VisitAll(func(*flag.Flag) { flags = true })
		if flags {
			fmt.Fprintln(w, "\nflags:")
			c.PrintDefaults()
		}
	}
	return c
}

// parse reads flags, which may stand anywhere before "--". done is true when there is nothing left
// to do; code is then the exit code.
func (c *invocation) parse(args []string) (code int, done bool) {
	for i, a := range args {
		if a == "--" {
			args, c.after, c.dashes = args[:i], args[i+1:], true
			break
		}
	}
	for {
		for _, a := range args { // help is an answer, not a complaint
			if a == "-h" || a == "--help" || a == "-help" {
				c.SetOutput(c.out)
			}
		}
		if err := c.Parse(args); errors.Is(err, flag.ErrHelp) {
			return 0, true
		} else if err != nil {
			return 2, true
		}
		if c.NArg() == 0 {
			return 0, false
		}
		c.rest = append(c.rest, c.Arg(0))
		args = c.Args()[1:]
	}
}

// wants checks how many arguments there are.
func (c *invocation) wants(least, most int) (ok bool) {
	if n := len(c.rest); n >= least && n <= most {
		return true
	}
	c.Usage()
	return false
}

// fail says what went wrong, and returns the exit code.
func (c *invocation) fail(err error) int {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "ray: "), "jobs: ")
	fmt.Fprintf(c.err, "goray %s: %s\n", c.name, text)
	return 1
}

// wrong complains about how it was asked.
func (c *invocation) wrong(format string, args ...any) int {
	fmt.Fprintf(c.err, "goray %s: %s\n", c.name, fmt.Sprintf(format, args...))
	return 2
}

// address adds --address.
func (c *invocation) address() *string {
	return c.String("address", "auto", "the cluster: auto is the head of this machine, http://HOST:8265 the dashboard of a Ray cluster")
}

// ownNamespace is that of commands, by which the head tells them from programs.
const ownNamespace = "_goray_command"

var errNoHead = errors.New("no head of yours runs on this machine; start one with: goray start --head")

// join joins a cluster; leave ends that.
func join(address string) (leave func(), err error) {
	if ray.IsInitialized() {
		return func() {}, nil
	}
	if isDashboard(address) {
		return nil, fmt.Errorf("%s is the dashboard of a Ray cluster, which list, get, summary, status, logs and job ask; this command asks a head of goray", address)
	}
	if address == "auto" {
		if err := core.CheckHead(); err != nil {
			return nil, err
		}
		if !answers() {
			return nil, errNoHead
		}
	}
	off := false
	if _, err := ray.Init(ray.Config{Address: address, Namespace: ownNamespace, LogToDriver: &off}); err != nil {
		return nil, err
	}
	return func() { _ = ray.Shutdown() }, nil // the command has done its work
}

// answers reports whether a head listens.
func answers() bool {
	c, err := net.Dial("unix", core.HeadSocket())
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// backend is the session's, for what package ray does not offer to programs.
func backend[T any]() (t T, err error) {
	t, ok := core.AnyBackend().(T)
	if !ok {
		return t, fmt.Errorf("this cluster cannot tell that; the head of goray start can")
	}
	return t, nil
}

// words is a flag that may be given several times.
type words []string

func (w *words) String() string     { return strings.Join(*w, " ") }
func (w *words) Set(s string) error { *w = append(*w, s); return nil }
