package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// ErrNoStdin means that a cell asked for input where nobody can be asked.
var ErrNoStdin error = noStdin{}

type noStdin struct{}

func (noStdin) Error() string {
	return "the cell asks for input, but this front end cannot be asked; give the value in the code, or run the cell in an interactive notebook"
}
func (noStdin) ErrorName() string { return "StdinNotImplementedError" }

// closing is how long plugins and engine have to end when the kernel is gone.
const closing = 3 * time.Second

// child serves a Local to the kernel at the other end of a connection.
type child struct {
	local  *Local
	peer   *peer
	stdin  *feed         // nil where standard input cannot be fed
	opened chan struct{} // closed when local is set, or never will be

	debug *debugServer // nil before local is set

	owner atomic.Uint64 // the run to which the process's own streams belong

	mu          sync.Mutex
	active      map[uint64]*active
	interrupted map[uint64]bool // runs that were interrupted before they began
}

// serveChild opens a session and serves it until the connection ends; pid is what it calls
// itself.
func serveChild(conn net.Conn, cfg Config, pid int, stdin *feed) error {
	c := &child{stdin: stdin, active: map[uint64]*active{}, interrupted: map[uint64]bool{}, opened: make(chan struct{})}
	c.peer = newPeer(conn, c.handle)
	cfg.Screen, cfg.Output, cfg.Command = remote{c}, c.output, c.command
	cfg.Limited, cfg.Spoken = c.limited, c.spoken
	done := make(chan struct{})
	go func() { defer close(done); c.peer.run() }()
	local, err := Open(cfg)
	c.local = local
	if local != nil {
		local.keep.tell(c.sendImage)
		c.startDebug()
	}
	close(c.opened)
	if err != nil {
		c.peer.close()
		<-done
		return err
	}
	var now welcome
	if err := c.peer.call(context.Background(), "ready", ready{PID: pid}, &now); err == nil {
		local.setLimit(now.Bytes)
		speak(now.Language)
	}
	<-c.peer.done
	c.interrupt(0)
	closed := make(chan error, 1)
	go func() { closed <- local.Close() }()
	select {
	case err = <-closed:
		<-done
	case <-time.After(closing):
		err = errors.New("session: cells or plugins did not end in time")
	}
	return err
}

func (c *child) handle(kind string, body json.RawMessage) (any, error) {
	<-c.opened // requests wait until the session is open
	if c.local == nil {
		return nil, errPeerGone
	}
	switch kind {
	case "execute":
		return ask(body, c.execute)
	case "debug":
		return ask(body, func(q debugRequest) any { return c.debug.handle(q) })
	case "rebuild":
		return ask(body, c.rebuild)
	case "interrupt":
		return ask(body, func(r interrupt) any { c.interrupt(r.Run); return nil })
	case "comm":
		return ask(body, func(m CommMessage) any { return c.local.comm(m) })
	case "complete":
		return ask(body, func(r position) any { return c.local.Complete(r.Source, r.Cursor) })
	case "inspect":
		return ask(body, func(r position) any {
			in, ok := c.local.Inspect(r.Source, r.Cursor, r.Detail)
			return inspected{ok, in}
		})
	case "complete?":
		return ask(body, func(r position) any {
			status, indent := c.local.IsComplete(r.Source)
			return completeness{status, indent}
		})
	}
	return nil, fmt.Errorf("session: no request %q", kind)
}

func ask[T any](body json.RawMessage, f func(T) any) (any, error) {
	var req T
	if err := json.Unmarshal(body, &req); err != nil {
		return nil, err
	}
	return f(req), nil
}

func (c *child) execute(r Request) any {
	a := c.begin(r)
	ctx, stop := a.ctx, a.stop
	var watcher sync.WaitGroup
	watching, unwatch := context.WithCancel(ctx)
	if c.stdin != nil && !r.Side { // who reads standard input cannot be told; it is the main shell's
		watcher.Go(func() {
			c.stdin.watch(watching, func(ctx context.Context) (string, error) { return c.ask(ctx, a, question{Run: r.Run}) }, stop)
		})
	}
	cell := engine.Cell{ID: r.ID, Number: r.Number, Source: r.Source, Run: r.Run, Path: c.debug.path(r.Number, r.Source)}
	out := c.local.Execute(ctx, cell)
	if errors.Is(context.Cause(ctx), ErrNoStdin) {
		out.Err = ErrNoStdin
	}
	f := Finished{NextInput: out.NextInput}
	if out.Err != nil {
		f.Failure = newFailure(out.Err)
	} else {
		f.Expressions = c.expressions(ctx, cell, r.Expressions)
	}
	if out.Result != nil {
		f.Result = ptr(show("", *out.Result))
	}
	for _, b := range out.Pages {
		f.Pages = append(f.Pages, show("", b))
	}
	f.Variables = c.names()
	f.Declared, f.Anew = c.local.keep.declarationsSince()
	unwatch()
	watcher.Wait()
	c.end(r.Run, a)
	return f
}

// command tells the kernel of the commands that it has to end when this process cannot.
func (c *child) command(group int, runs bool) {
	c.peer.call(context.Background(), "command", commandRuns{group, runs}, nil)
}

// limited tells the kernel how much memory this process may hold.
func (c *child) limited(bytes int64) {
	c.peer.call(context.Background(), "limit", limited{bytes}, nil)
}

// spoken tells the kernel which language its own words are to be in.
func (c *child) spoken(language string) {
	c.peer.call(context.Background(), "language", speaking{language}, nil)
}

func ptr[T any](v T) *T { return &v }

func (c *child) expressions(ctx context.Context, cell engine.Cell, all map[string]string) map[string]Expression {
	if len(all) == 0 {
		return nil
	}
	cell.Aside = true
	c.local.begins()
	defer c.local.rest()
	defer c.local.keep.touched()
	values := make(map[string]Expression, len(all))
	for name, source := range all {
		cell.Source, cell.Path = source, "" // no line of the cell stops it
		out := c.local.execute(ctx, cell)
		switch {
		case out.Err != nil:
			values[name] = Expression{Status: "error", Failure: newFailure(out.Err)}
		case out.Result == nil:
			values[name] = Expression{Status: "ok", Shown: ptr(show("", display.Bundle{Data: map[string]any{display.MIMETypeText: "nil"}}))}
		default:
			values[name] = Expression{Status: "ok", Shown: ptr(show("", *out.Result))}
		}
	}
	return values
}

// names lists the variables for the kernel, which says what was lost when this process dies.
func (c *child) names() []string {
	var names []string
	for _, v := range ofCells(c.local.Engine().Variables()) {
		names = append(names, v.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ask asks the person at the front end of a run, until ctx ends.
func (c *child) ask(ctx context.Context, a *active, q question) (text string, err error) {
	if !a.allowStdin {
		return "", ErrNoStdin
	}
	err = c.peer.call(ctx, "input", q, &text)
	return text, err
}

// remote is the front end as the child sees it. It waits until the kernel has handled each
// output, so that what the cell prints next comes after it.
type remote struct{ c *child }

func (r remote) Display(id string, b display.Bundle) { r.show(show(id, b)) }

// Lasting says that an output may be updated after its cell has ended.
func (r remote) Lasting() bool { return true }

func (r remote) Update(id string, b display.Bundle) {
	s := show(id, b)
	s.Update = true
	r.show(s)
}

func (r remote) show(s Shown) {
	s.Run = r.c.current()
	if err := r.c.peer.call(context.Background(), "display", s, nil); err != nil && !errors.Is(err, errPeerGone) {
		fmt.Println("display:", err)
	}
}

func (r remote) Clear(wait bool) {
	r.c.peer.call(context.Background(), "clear", clearing{r.c.current(), wait}, nil)
}

func (r remote) Input(prompt string, password bool) (string, error) {
	run := r.c.current()
	r.c.mu.Lock()
	a := r.c.active[run]
	r.c.mu.Unlock()
	if a == nil { // a goroutine whose cell has ended
		return "", ErrNoStdin
	}
	return r.c.ask(a.ctx, a, question{run, prompt, password})
}
