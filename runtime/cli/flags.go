package cli

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// invocation is a command of this package.
type invocation struct{ *command.Command }

func newCommand(name, usage, help string, out, err io.Writer) *invocation {
	return &invocation{command.New(name, usage, help, out, err)}
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
