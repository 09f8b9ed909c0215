package local

import (
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// proc is a worker process as the driver sees it.
type proc struct {
	id      sched.Worker
	node    *node
	env     *core.Env       // of its process; nil: this one's
	job     uint32          // of a driver that has joined
	jobs    map[uint32]bool // whose namespaces it was told, beside the first
	joined  bool            // a driver that has joined the session, and no worker
	visit   int             // of a driver: which one that ever joined
	conn    *transport.Conn
	cmd     *exec.Cmd
	pid     int
	shown   atomic.Int64 // pid, for those without the mutex
	up      bool
	silent  int // periods since it gave a sign of life
	killed  atomic.Bool
	meant   bool // its end was this process's will
	touched bool // it is in Backend.dirty
	idled   bool // what was written to it is to be done at once
	held    int  // frames that wait in its connection
	given   int  // tasks that it has
	actor   *actor
	label   atomic.Pointer[task] // whose output its lines are
	crowded atomic.Bool          // it has been given several tasks: it may be another's output
	outputs []*output
	brought []*node // by a driver, which they do not outlive
	journal *journal

	outbox   []*outgoing // given to it, and waiting for arguments
	shortage string      // why it was ended, if memory was short
	short    *task       // for that
	recalled []core.ID   // taken from the outbox, for the answer to a Recall

	holds    map[core.ID]int                // counts of objects that this process has
	maps     map[core.ID]int                // objects whose memory it uses; each is a count, too
	grants   map[store.Location]store.Grant // ranges it may write to, by their location
	attached map[uint32]bool                // segments it knows; true: may write
	waits    map[uint64]func()              // requests that wait, with how to take them back
	forced   map[core.ID]bool               // tasks that it has to end, with itself if need be

	reading  reading
	resume   chan struct{} // the goroutine that reads goes on
	handOver bool          // it need not, for a while
	awaited  int           // results that somebody waits for alone
	left     uint64        // when the last one who waited has left, by Backend.cares
	over     bool          // its connection has ended
}

// spawn starts a worker process in the background.
func (b *Backend) spawn(on sched.Node, env *core.Env) {
	if b.closed {
		return
	}
	b.spawned++
	p := &proc{
		id: sched.Worker(b.spawned), node: b.nodeByID(on), env: env, holds: map[core.ID]int{}, maps: map[core.ID]int{}, grants: map[store.Location]store.Grant{},
		attached: map[uint32]bool{}, waits: map[uint64]func(){}, forced: map[core.ID]bool{}, resume: make(chan struct{}, 1),
	}
	b.procs[p.id] = p
	b.tasks.Go(func() { b.live(p) })
}

// envHash names the environment of a worker for the scheduler.
func (p *proc) envHash() string {
	if p.env == nil {
		return ""
	}
	return p.env.Hash
}

// live is the life of a worker process.
func (b *Backend) live(p *proc) {
	if err := b.launch(p); err != nil {
		b.mu.Lock()
		defer b.unlock()
		delete(b.procs, p.id)
		b.sched.SpawnFailedIn(p.node.id, p.envHash())
		if !b.closed {
			b.failAll(fmt.Sprintf("no worker process could be started: %v", err))
		}
		return
	}
	b.read(p)
	p.meant = p.killed.Load()
	p.kill() // a process that closed its socket has nothing left to do
	err := p.cmd.Wait()
	p.conn.Close()
	for _, o := range p.outputs {
		o.showPending() // its last words come before the error that says how it ended
	}
	b.mu.Lock()
	defer b.unlock()
	b.lost(p, exitText(err))
}

func exitText(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// failAll fails what waits for a worker when none can be started.
func (b *Backend) failAll(why string) {
	if len(b.procs) > 0 {
		return // those that live will do it
	}
	for id, t := range b.pending.all() {
		if t.state == waitingForResources {
			b.sched.Remove(sched.Task(id), t.shape)
			b.finish(t, &transport.Stored{Failure: t.failure(core.WorkerCrashed, why)})
		}
	}
}

// launch starts the process and greets it.
func (b *Backend) launch(p *proc) error {
	fd, theirs, err := transport.Pair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	if p.conn, err = transport.NewConn(fd); err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"ray::worker"}
	cmd.Env = append(os.Environ(), core.EnvWorker+"=1")
	if p.env != nil {
		for name, value := range p.env.Vars {
			cmd.Env = append(cmd.Env, name+"="+value) // the last one counts
		}
		cmd.Dir = p.env.Dir
	}
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	theirEnds, err := b.outputs(p, cmd)
	if err == nil {
		err = b.spawner.start(cmd)
	}
	for _, end := range theirEnds {
		end.Close() // the child has its own
	}
	if err != nil {
		p.conn.Close()
		return err
	}
	b.mu.Lock()
	p.cmd, p.pid = cmd, cmd.Process.Pid
	p.shown.Store(int64(p.pid))
	b.journals.open(p.pid, p.journal)
	b.mu.Unlock()
	if p.killed.Load() {
		_ = cmd.Process.Kill() // the session ended meanwhile
	}
	p.conn.Send(transport.Hello, 0, func(w *transport.Writer) {
		w.Uint(uint64(p.id))
		w.String(b.cfg.Namespace)
		w.JSON(p.node.info)
	})
	p.conn.Flush()
	return nil
}

// speaker names the task or actor whose output a line is.
func (p *proc) speaker() (name string, from speech) {
	t := p.label.Load()
	from = speech{pid: p.shown.Load(), shift: p.crowded.Load()}
	switch {
	case t == nil:
		return "worker", from
	case t.actor == nil:
		from.task = t
		return t.spec.Label(), from
	}
	from.shift = false
	if t.actor.spec.Name != "" {
		return t.actor.spec.Name, from
	}
	return t.spec.Label(), from
}

// kill ends the process; what follows is done when its socket closes.
func (p *proc) kill() {
	if p.joined {
		p.conn.Close() // it lives on without this session
		return
	}
	if !p.killed.Swap(true) && p.cmd != nil && p.cmd.Process != nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
	}
}

// lost cleans up after a process that has ended.
func (b *Backend) lost(p *proc, how string) {
	delete(b.procs, p.id)
	metrics.Forget(p.pid)
	for _, cancel := range p.waits {
		cancel()
	}
	for _, g := range p.grants {
		p.node.store.Reclaim(g)
	}
	switch {
	case p.shortage != "":
		how = p.shortage
	case p.node.dead:
		how = fmt.Sprintf("node %s is gone", p.node.config.Name)
	case !b.closed && !p.meant && len(p.forced) == 0:
		b.note("WARNING", "WORKER_DIED", fmt.Sprint(p.pid), p.node, "worker process %d, %s, ended: %s", p.pid, p.name(), how)
	}
	if !p.up {
		b.sched.SpawnFailedIn(p.node.id, p.envHash())
		if !b.closed && !p.node.dead {
			b.failAll(fmt.Sprintf("no worker process comes up (%s): they are this program, started again, and have to reach ray.Init: call it first in main, and in TestMain", how))
		}
		return
	}
	running, waiting := b.sched.WorkerLost(p.id)
	if p.unsent(core.ID(running)) != nil { // it never came there
		running, waiting = 0, append(waiting, running)
	}
	for len(p.outbox) > 0 {
		b.takeBack(p, p.outbox[0])
	}
	if !b.closed {
		b.reassign(p, core.ID(running), waiting, how)
	}
	for id, n := range p.maps {
		b.unmapped(p, id, n)
	}
	for id, n := range p.holds {
		b.release(id, n)
	}
}

// reassign finds another worker for the tasks of a process that has ended.
func (b *Backend) reassign(p *proc, running core.ID, waiting []sched.Task, how string) {
	if p.actor != nil {
		b.lostProcess(p.actor, how)
		return
	}
	for _, id := range waiting {
		if t := b.pending.at(core.ID(id)); t != nil && t.proc == p {
			t.proc, t.state = nil, waitingForArguments
			b.argumentsReady(t)
		}
	}
	if t := b.pending.at(running); t != nil && t.proc == p {
		b.crashed(t, how)
	}
}
