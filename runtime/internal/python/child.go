package python

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

//go:embed worker.py
var workerSource string

//go:embed values.py
var valuesSource string

// source is what the process runs.
var source = valuesSource + "\n\n" + workerSource

// Values is the source of what Python needs in order to read and write values: Writer, value, find and
// failure. Python processes that others start have it, too.
func Values() string { return valuesSource }

// bootstrap runs the source that it reads from descriptor 4: it is longer than what an argument may
// be on some systems, and needs no file.
const bootstrap = `import os
exec(compile(os.fdopen(4).read(), "<goray>", "exec"))`

// interruptPatience is how long a cancelled call may take to end after it was interrupted.
const interruptPatience = 2 * time.Second

// Child is a Python process. It runs one call at a time.
type Child struct {
	env    Env
	python string
	cmd    *exec.Cmd
	socket *os.File
	in     *bufio.Reader

	mu     sync.Mutex // held while something is written, and by whoever ends the process
	closed bool
}

// ErrEnded means that the Python process has ended in the middle of a call.
var ErrEnded = errors.New("the Python process has ended")

// Start starts a Python process.
func Start(env Env) (*Child, error) {
	python, err := Find(env.Executable)
	if err != nil {
		return nil, err
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "python"), os.NewFile(uintptr(pair[1]), "goray")
	defer theirs.Close()
	text, feed, err := os.Pipe()
	if err != nil {
		ours.Close()
		return nil, err
	}
	defer text.Close()
	c := &Child{env: env, python: python, socket: ours, in: bufio.NewReaderSize(ours, 64<<10)}
	c.cmd = exec.Command(python, "-c", bootstrap)
	c.cmd.Dir, c.cmd.ExtraFiles = env.Dir, []*os.File{theirs, text}
	c.cmd.Stdout, c.cmd.Stderr = os.Stdout, os.Stderr
	c.cmd.Env = append(append(os.Environ(), "PYTHONUNBUFFERED=1"), env.Vars...)
	// An interrupt at the terminal is the driver's affair.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		ours.Close()
		feed.Close()
		return nil, fmt.Errorf("Python does not start: %w; set %s to an interpreter", err, EnvPython)
	}
	go func() { // a pipe takes 64 KiB at once, and the process may never read
		_, _ = io.WriteString(feed, source) // who has ended says so at the first call
		feed.Close()
	}()
	return c, nil
}

// Request is what a call asks for.
type Request struct {
	Op           string // "call", "new", "method"
	Module, Name string
	Args         []any // neutral
	Kwargs       map[string]any
}

// header is a Request on the wire.
type header struct {
	Op     string         `json:"op"`
	Module string         `json:"module"`
	Name   string         `json:"name"`
	Path   []string       `json:"path"`
	Args   []any          `json:"args"`
	Kwargs map[string]any `json:"kwargs"`
}

// Do calls Python and returns the neutral result. An exception is an *Error; ErrEnded says that the
// process is gone. A call whose context ends is interrupted, and returns the context's error.
func (c *Child) Do(ctx context.Context, r Request) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, p := header{Op: r.Op, Module: r.Module, Name: r.Name, Path: c.env.Path, Kwargs: map[string]any{}}, &parts{}
	if c.env.Dir != "" {
		h.Path = append(h.Path[:len(h.Path):len(h.Path)], c.env.Dir)
	}
	for _, a := range r.Args {
		t, err := p.tree(a)
		if err != nil {
			return nil, err
		}
		h.Args = append(h.Args, t)
	}
	for k, a := range r.Kwargs {
		t, err := p.tree(a)
		if err != nil {
			return nil, err
		}
		h.Kwargs[k] = t
	}
	if err := c.ask(ctx, p, h); err != nil {
		err = c.gone(err)
		return nil, cmp.Or(ctx.Err(), err)
	}
	over := make(chan struct{})
	interrupted := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = c.write(&parts{}, map[string]string{"op": "cancel"}) // who is gone needs none
		select {
		case <-over:
		case <-time.After(interruptPatience):
			c.kill()
		}
	})
	all, err := read(c.in)
	close(over)
	if !unhook() {
		<-interrupted
	}
	if ctx.Err() != nil {
		if err != nil {
			_ = c.Close() // it did not end by itself
		}
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, c.gone(err)
	}
	return c.result(all)
}

func (c *Child) result(all [][]byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(all[0]))
	d.UseNumber()
	var answer struct {
		OK    any      `json:"ok"`
		Error *failure `json:"error"`
	}
	if err := d.Decode(&answer); err != nil {
		return nil, fmt.Errorf("the Python process answers what is no JSON: %w", err)
	}
	if answer.Error != nil {
		return nil, answer.Error.err(c.env.Path)
	}
	return value(answer.OK, all)
}

func (c *Child) write(p *parts, header any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrEnded
	}
	return p.write(c.socket, header)
}

// ask writes a request. A process that does not read it cannot be interrupted: when the context ends, it
// has the patience of an interrupt, and is killed then.
func (c *Child) ask(ctx context.Context, p *parts, h header) error {
	over := make(chan struct{})
	killed := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(killed)
		select {
		case <-over:
		case <-time.After(interruptPatience):
			_ = c.cmd.Process.Kill() // it may have ended by itself
		}
	})
	err := c.write(p, h)
	close(over)
	if !unhook() {
		<-killed
	}
	return err
}

// gone says how the process has ended.
func (c *Child) gone(err error) error {
	if errors.Is(err, ErrEnded) {
		return err
	}
	_ = c.Close()
	return fmt.Errorf("%w (%s, %s)", ErrEnded, c.python, c.cmd.ProcessState)
}

// kill ends the process at once.
func (c *Child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		_ = c.cmd.Process.Kill() // it may have ended by itself
	}
}

// closePatience is how long a process may take to end after its socket was closed.
const closePatience = time.Second

// Close ends the process.
func (c *Child) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.mu.Unlock()
	err := c.socket.Close() // it ends when it finds that out
	late := time.AfterFunc(closePatience, func() { _ = c.cmd.Process.Kill() })
	_ = c.cmd.Wait() // how it ends says nothing
	late.Stop()
	return err
}
