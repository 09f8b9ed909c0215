package local

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// Serve implements core.Server: processes of this user join the session through a socket at path,
// as drivers of their own.
func (b *Backend) Serve(path string) error {
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return fmt.Errorf("a head listens at %s already; stop it with goray stop", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no socket for the head: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("no socket for the head: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return fmt.Errorf("no socket for the head: %w", err)
	}
	b.tasks.Go(func() {
		<-b.ended
		l.Close() // the file goes with it
	})
	b.tasks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.tasks.Go(func() { b.join(c.(*net.UnixConn)) })
		}
	})
	return nil
}

// join is the life of a driver that has joined.
func (b *Backend) join(c *net.UnixConn) {
	p, err := b.welcome(c)
	if err != nil {
		return // it is told why, or has gone already
	}
	b.read(p)
	p.conn.Close()
	b.mu.Lock()
	defer b.unlock()
	b.left(p)
}

// joinPatience is how long a connection may take to say that it joins.
const joinPatience = 30 * time.Second

// welcome makes a driver of a connection.
func (b *Backend) welcome(c *net.UnixConn) (*proc, error) {
	fd, err := descriptor(c)
	if err != nil {
		return nil, err
	}
	conn, err := transport.NewConn(fd)
	if err != nil {
		return nil, err
	}
	greeted := make(chan struct{})
	b.tasks.Go(func() { // who connects and says nothing must not hold up the end of the session
		limit := time.NewTimer(joinPatience)
		defer limit.Stop()
		select {
		case <-greeted:
		case <-limit.C:
			conn.Close()
		case <-b.ended:
			conn.Close()
		}
	})
	f, _, err := conn.Next()
	close(greeted)
	if err == nil && f.Kind != transport.Join {
		err = errors.New("it does not say that it joins")
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	pid, build, namespace := int(f.Payload.Int()), f.Payload.String(), f.Payload.String()
	problem := ""
	if build != marshal.BuildHash() {
		problem = fmt.Sprintf("the head runs another build (%s) than this program (%s); stop it with goray stop, and start it with the same goray", short(marshal.BuildHash()), short(build))
	}
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		conn.Close()
		return nil, core.ErrClosed
	}
	b.spawned++
	p := &proc{
		id: sched.Worker(b.spawned), joined: true, up: true, node: b.head(), conn: conn, pid: pid,
		holds: map[core.ID]int{}, maps: map[core.ID]int{}, grants: map[store.Location]store.Grant{},
		attached: map[uint32]bool{}, waits: map[uint64]func(){}, forced: map[core.ID]bool{}, resume: make(chan struct{}, 1),
	}
	info := b.info
	if problem == "" {
		p.job = b.newJob(namespace)
		info.JobID = core.JobName(p.job)
	}
	conn.Send(transport.Hello, 0, func(w *transport.Writer) {
		w.Uint(uint64(p.id))
		w.String(namespace)
		w.JSON(info)
		w.String(problem)
	})
	conn.Flush()
	if problem != "" {
		conn.Close()
		return nil, errors.New(problem)
	}
	b.procs[p.id] = p
	b.joined(p, info.JobID, namespace)
	return p, nil
}

// short is as much of a hash as people compare.
func short(hash string) string { return hash[:min(len(hash), 12)] }

// descriptor takes the socket out of Go's network poller, as transport has its own.
func descriptor(c *net.UnixConn) (int, error) {
	defer c.Close()
	f, err := c.File()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
}

// own notes whose a task is: what it prints goes to that driver, and it ends with it.
func (b *Backend) own(p *proc, id core.ID) {
	if t := b.pending.at(id); t != nil {
		if d := b.driverFrom(p, t.spec.Parent); d != nil {
			t.with(func(r *rare) { r.driver = d })
		}
	}
}

// left cleans up after a driver: its tasks, actors and placement groups end, and what only it
// referred to goes. What is detached stays.
func (b *Backend) left(p *proc) {
	delete(b.procs, p.id)
	metrics.Forget(p.pid)
	for _, cancel := range p.waits {
		cancel()
	}
	for _, g := range p.grants {
		p.node.store.Reclaim(g)
	}
	if b.closed {
		return
	}
	b.departed(p)
	for id, t := range b.pending.all() {
		if t.seldom().driver == p && (t.actor == nil || !t.actor.spec.Detached) {
			b.cancel(id, false, true)
		}
	}
	b.endJob(p)
	for id, n := range p.maps {
		b.unmapped(p, id, n)
	}
	for id, n := range p.holds {
		b.release(id, n)
	}
}

// observed answers a driver that has joined. It runs without the mutex, which listing takes.
func (b *Backend) observed(p *proc, request uint64, q core.Observation) {
	switch q.What {
	case "tasks":
		b.EachTask(func(t *core.TaskState) { q.Tasks = append(q.Tasks, *t) })
	case "attempts":
		q.Forgotten = b.EachAttempt(func(a *core.Attempt) { q.Attempts = append(q.Attempts, *a) })
	case "objects":
		b.EachObject(func(o *core.ObjectState) { q.Objects = append(q.Objects, *o) })
	case "actors":
		q.Actors = b.AllActors()
	case "workers":
		q.Workers = b.AllWorkers()
	case "output":
		q.Lines, q.Known = b.linesOf(&q)
	case "events":
		q.Events = b.Events(q.After)
	case "stacks":
		q.Stacks = b.Stacks(q.PID)
	case "demands":
		q.Demands = b.Demands()
	case "drivers":
		q.Drivers = b.Drivers()
	}
	b.mu.Lock()
	defer b.unlock()
	if !b.closed {
		b.reply(p, request, func(w *transport.Writer) {
			w.String("")
			w.JSON(q)
		})
	}
}
