package worker

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// Options are what the binary knows besides its own functions.
type Options struct {
	Code  core.Code                        // of cells; nil in plain compiled programs
	Trace func(recovered any) []core.Frame // of a panic; nil: Go's own
	// Warm runs in the background once the worker has had nothing to do for a while; nil runs the
	// method Warm of Code, if there is one.
	Warm func()
}

// IsWorker reports whether this process was started as a worker.
func IsWorker() bool { return os.Getenv(core.EnvWorker) != "" }

// socketFD is where the driver puts the worker's end of the socketpair.
const socketFD = 3

// Main is the life of a worker process; it does not return. It ends with the driver.
func Main(o Options) {
	if err := run(o); err != nil {
		fmt.Fprintf(os.Stderr, "ray: worker pid %d: %v\n", os.Getpid(), err)
		os.Exit(1)
	}
	os.Exit(0)
}

// modes are other lives of a worker process, by the value of core.EnvWorker.
var modes = map[string]func() error{}

// RegisterMode makes a process in whose environment core.EnvWorker is value live by run. Packages
// call it when they are initialised.
func RegisterMode(value string, run func() error) { modes[value] = run }

func run(o Options) error {
	// Children of tasks are not workers, and an interrupt at the terminal is the driver's affair.
	mode := modes[os.Getenv(core.EnvWorker)]
	os.Unsetenv(core.EnvWorker)
	signal.Ignore(syscall.SIGINT)
	if o.Code != nil {
		core.SetCode(o.Code)
	}
	if o.Trace != nil {
		core.SetTrace(o.Trace)
	}
	if mode != nil {
		return mode()
	}
	conn, err := transport.NewConn(socketFD)
	if err != nil {
		return err
	}
	hello, _, err := conn.Next()
	if err != nil {
		return nil // the driver has ended meanwhile
	}
	p := newProcess(conn, store.NewView())
	p.hello(&hello.Payload)
	p.natives = newNatives(p)
	core.SetProcessBackend(p)
	metrics.SetSender(p.sendMetrics)
	p.executors(1)
	conn.Send(transport.Ready, 0, func(w *transport.Writer) { w.Int(int64(os.Getpid())) })
	conn.Flush()
	if w, ok := o.Code.(interface{ Warm() }); ok && o.Warm == nil {
		o.Warm = w.Warm
	}
	if o.Warm != nil {
		go p.warmUp(o.Warm)
	}
	return p.read()
}
