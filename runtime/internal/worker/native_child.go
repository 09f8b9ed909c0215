package worker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// nativeChild is a native program as its worker sees it.
type nativeChild struct {
	n      *natives
	key    string
	number uint64
	used   uint64
	conn   *transport.Conn
	cmd    *exec.Cmd
	tasks  map[core.ID]chan nativeResult // that it has, under natives.mu
	ended  chan struct{}                 // closed when it was told to end
	gone   chan struct{}                 // closed when it is not there any more
	holds  map[core.ID]int               // references that the driver counts for it
	maps   map[core.ID]int               // memory of objects that it was given and may use
	err    error
	home   bool // of this process's actor, under natives.mu
	// together is told what the program says of calls that it was given together; under natives.mu.
	together chan nativeResult
	recalled []core.ID // that this process gives back, with what the program gives back; under Process.mu
}

// nativeResult is what became of a task.
type nativeResult struct {
	first *transport.Stored
	more  []*transport.Stored
	begun bool // the function was called
	nanos int64
	id    core.ID
	// recalled: it is no result, but what the program gives back.
	recalled bool
	ids      []core.ID
}

// refused says whether the program could not take the task: it then runs interpreted.
func (r *nativeResult) refused() bool {
	return !r.begun && r.first.Failure != nil && r.first.Failure.Kind == core.BadCall
}

// stopNative is how long a cancelled native function may take to heed its context. It cannot be
// stopped as interpreted code is, so its process ends.
const stopNative = 250 * time.Millisecond

// start starts a program. It is called with natives.mu held.
func (n *natives) start(b *core.NativeBuild, f *core.FuncRef) (*nativeChild, error) {
	n.last++
	number := n.last
	c := &nativeChild{n: n, number: number, tasks: map[core.ID]chan nativeResult{}, ended: make(chan struct{}), gone: make(chan struct{}), holds: map[core.ID]int{}, maps: map[core.ID]int{}}
	var err error
	if c.conn, c.cmd, err = launch(b, f, n.environment()); err != nil {
		return nil, err
	}
	for _, t := range b.Types { // others will see values of them
		if err := n.publish(t.Hash, t.Source, t.List); err != nil {
			return nil, err
		}
	}
	for _, own := range b.Functions {
		if err := n.publish(own.Hash, own.Source, own.List); err != nil {
			return nil, err
		}
	}
	c.conn.Send(transport.Hello, 0, func(w *transport.Writer) {
		w.Uint(uint64(n.p.index))
		w.String(n.p.namespace)
		w.JSON(n.p.info)
	})
	setup := setupOf(b, f, number)
	setup.Dir = filepath.Dir(f.Native)
	for _, own := range b.Functions {
		own.Source, own.List = nil, core.Part{}
		setup.Functions = append(setup.Functions, own)
	}
	c.conn.Send(transport.Setup, 0, func(w *transport.Writer) { w.JSON(setup) })
	for id, s := range n.segments {
		c.attach(id, s)
	}
	c.conn.Flush()
	n.numbers[number] = c
	go c.read()
	return c, nil
}

// launch starts a program, and returns the connection to it.
func launch(b *core.NativeBuild, f *core.FuncRef, env []string) (*transport.Conn, *exec.Cmd, error) {
	fd, theirs, err := transport.Pair()
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()
	conn, err := transport.NewConn(fd)
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(b.Path)
	cmd.Args = []string{"ray::" + f.Name}
	cmd.Env = append(env, core.EnvNative+"=1")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := spawn(cmd); err != nil {
		conn.Close()
		return nil, nil, fmt.Errorf("its program does not start: %w", err)
	}
	return conn, cmd, nil
}

// setupOf is what a program with a number is told of its function.
func setupOf(b *core.NativeBuild, f *core.FuncRef, number uint64) nativeSetup {
	setup := nativeSetup{Hash: f.Hash, Name: b.Name, Main: b.Main, Offsets: b.Offsets, Own: b.Own, Packages: b.Packages, Places: b.Places, FirstID: number << childShift}
	for _, t := range b.Types {
		setup.Types = append(setup.Types, core.NativeType{Name: t.Name, Hash: t.Hash})
	}
	return setup
}

// publish gives the driver the source of what a program's values, or its calls, may be of.
func (n *natives) publish(hash string, source []byte, list core.Part) error {
	if list.Hash != "" {
		if err := n.p.AddCode(list.Hash, list.Data); err != nil {
			return err
		}
	}
	return n.p.AddCode(hash, source)
}

// spawnThread starts children from one thread that never ends: the signal that ends a child with
// its parent is sent when the thread that started it ends.
var spawnThread = sync.OnceValue(func() chan func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
})

func spawn(cmd *exec.Cmd) error {
	result := make(chan error)
	spawnThread() <- func() { result <- cmd.Start() }
	return <-result
}

// environment is this process's, but for the GPUs of the task that runs: the program chooses among
// all that the driver sees, as this process does.
func (n *natives) environment() (env []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, envCUDA+"=") {
			env = append(env, e)
		}
	}
	if all := n.p.devices.visible; len(all) > 0 {
		env = append(env, envCUDA+"="+strings.Join(all, ","))
	}
	return env
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "shared memory"), nil
}

// end lets the program end by itself.
func (c *nativeChild) end() {
	close(c.ended)
	c.conn.Send(transport.Collect, 0, nil)
	c.conn.Flush()
	go func() {
		time.Sleep(flushDelay) // for what it lets go
		c.conn.Close()
	}()
}

// expect makes room for the answer about a task, or about the state of an actor.
func (c *nativeChild) expect(id core.ID) chan nativeResult {
	done := make(chan nativeResult, 1)
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	c.tasks[id] = done
	return done
}

// run runs a task.
func (c *nativeChild) run(j *job) nativeResult {
	done := c.expect(j.spec.ID)
	for _, v := range j.values {
		if v != nil && v.Shared {
			c.mapped(v.Object, 1)
		}
	}
	c.tellJob(j.spec.Job)
	c.queueTask(j)
	c.conn.Flush()
	c.n.p.readNow() // what the driver says to the program passes through here
	cancelled := j.ctx.Done()
	var patience <-chan time.Time
	for {
		select {
		case r := <-done:
			return r
		case <-c.gone:
			select { // what it said last
			case r := <-done:
				return r
			default:
			}
			if patience != nil {
				call := Call{Spec: j.spec, Attempt: j.attempt, Node: c.n.p.info.NodeID}
				return nativeResult{first: &transport.Stored{Failure: call.failure(core.Cancelled, "the task was cancelled while it ran")}, begun: true}
			}
			c.follow()
		case <-cancelled:
			cancelled = nil
			c.cancel(j.spec.ID, transport.EndContext)
			if j.spec.Kind == core.Task { // an actor's state must not be left half changed
				patience = time.After(stopNative)
			}
		case <-patience:
			_ = c.cmd.Process.Kill() // it may have ended by itself
			patience = make(chan time.Time)
		}
	}
}

// follow ends this process as its child has ended: to the driver they are one worker.
func (c *nativeChild) follow() {
	c.n.p.conn.Drain()
	follow(c.err)
}

// follow ends this process as another one has ended, which err says.
func follow(err error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok {
			if status.Signaled() {
				_ = syscall.Kill(os.Getpid(), status.Signal())
				time.Sleep(time.Second) // for the signal
			}
			os.Exit(status.ExitStatus())
		}
	}
	os.Exit(0)
}

// read passes on what the program says, until it is gone.
func (c *nativeChild) read() {
	for {
		f, more, err := c.conn.Next()
		if err == nil {
			err = c.handle(&f)
		}
		if err != nil {
			break
		}
		if !more {
			c.n.p.conn.Flush()
		}
	}
	if !c.wasEnded() {
		_ = c.cmd.Process.Kill() // it speaks no more
	}
	c.err = c.cmd.Wait()
	c.n.mu.Lock()
	delete(c.n.numbers, c.number)
	if c.n.children[c.key] == c {
		delete(c.n.children, c.key)
	}
	for id, k := range c.holds {
		c.n.p.counts.add(id, -k)
	}
	for id, k := range c.maps {
		for range k {
			c.n.p.counts.unmapped(id)
		}
	}
	home := c.home && !c.wasEnded()
	c.n.mu.Unlock()
	c.conn.Close()
	close(c.gone)
	if home {
		c.follow() // also when no call waits for it
	}
}

// wasEnded says whether the program was told to end.
func (c *nativeChild) wasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// counted notes what the program has told the driver of its references.
func (c *nativeChild) counted(kind transport.Kind, r transport.Reader) error {
	for range r.Uint() {
		id := r.ID()
		if kind == transport.Counts {
			c.hold(id, int(r.Int()))
		} else {
			c.mapped(id, -int(r.Uint()))
		}
		if r.Err() != nil {
			break
		}
	}
	return r.Err()
}

// mapped notes that the program uses memory of an object k times more.
func (c *nativeChild) mapped(id core.ID, k int) {
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	if c.maps[id] += k; c.maps[id] == 0 {
		delete(c.maps, id)
	}
}

// hold notes that the driver counts k more references of the program to an object.
func (c *nativeChild) hold(id core.ID, k int) {
	c.n.mu.Lock()
	defer c.n.mu.Unlock()
	if c.holds[id] += k; c.holds[id] == 0 {
		delete(c.holds, id)
	}
}

func (c *nativeChild) handle(f *transport.Frame) error {
	r, p := &f.Payload, c.n.p
	switch f.Kind {
	case transport.Ready:
	case transport.Done:
		result := nativeResult{id: core.ID(f.ID), nanos: r.Int(), first: r.Stored()}
		result.begun = result.nanos >= 0
		for range r.Uint() {
			result.more = append(result.more, r.Stored())
		}
		if r.Err() != nil {
			return r.Err()
		}
		c.n.mu.Lock()
		done := c.tasks[core.ID(f.ID)]
		delete(c.tasks, core.ID(f.ID))
		c.n.mu.Unlock()
		if done == nil {
			return fmt.Errorf("the result of task %d, which it does not have", f.ID)
		}
		done <- result
	case transport.Submit, transport.CreateActor:
		request := r.Uint()
		spec, values := r.Spec(core.ID(f.ID)) // functions are numbered anew on each connection
		if r.Err() != nil {
			return r.Err()
		}
		c.hold(core.ID(f.ID), 1)
		for _, id := range spec.Returns {
			c.hold(id, 1)
		}
		p.conn.Send(f.Kind, f.ID, func(w *transport.Writer) {
			w.Uint(request)
			w.Spec(spec, values)
		})
	case transport.Returned:
		ids := r.IDs()
		c.n.mu.Lock()
		for _, id := range ids {
			delete(c.tasks, id)
		}
		t := c.together
		if t != nil {
			t <- nativeResult{recalled: true, ids: ids}
		}
		c.n.mu.Unlock()
		if t == nil {
			c.n.givenBack(c, nil, ids)
		}
	case transport.Exited:
		go c.exited()
	case transport.AddCode:
		// It has no source that others do not have.
	case transport.Counts, transport.Unmapped:
		payload := r.Raw()
		p.conn.Send(f.Kind, f.ID, func(w *transport.Writer) { w.Raw(payload) })
		return c.counted(f.Kind, transport.NewReader(payload))
	default:
		if f.Kind == transport.Put {
			c.hold(core.ID(f.ID), 1)
		}
		payload := r.Raw()
		p.conn.Send(f.Kind, f.ID, func(w *transport.Writer) { w.Raw(payload) })
	}
	return nil
}
