package local

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/dashboard"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/transport"
)

func init() { core.Register("", Open) }

// Backend is the control plane.
type Backend struct {
	cfg       core.Config
	info      core.Info
	started   time.Time
	spawner   *spawner
	dashboard *dashboard.Dashboard // nil without one
	session   *sessionDir
	sequence  atomic.Uint64
	ended     chan struct{} // closed when the session ends
	tasks     sync.WaitGroup

	mu                      sync.Mutex
	closed                  bool
	sched                   *sched.Sched
	objects                 index[object]
	pending                 index[task] // tasks and calls that have not finished
	actors                  map[core.ID]*actor
	names                   map[nameKey]*actor
	procs                   map[sched.Worker]*proc
	nodes                   []*node // also those that are gone; the driver's first
	spawned                 uint32
	clock                   uint64   // counts uses of objects
	unlink                  []string // files to remove when the mutex is let go
	stats                   statistics
	recipes                 []*recipe // the oldest first; some may be forgotten
	forgotten               int       // recipes, since they were last taken out of the list
	recipeBytes, maxLineage int64
	code                    map[string][]byte
	dirty                   []*proc // something was written to them
	timers                  map[*time.Timer]struct{}
	deadlines               map[core.ID]*time.Timer // of tasks that have one
	dropped                 []uint32                // segments that are gone, under droppedMu
	history                 history
	sites                   sites
	journals                journals
	events                  events
	dumps                   dumps
	joins                   int                // drivers that ever joined
	drivers                 []core.DriverState // that have joined, also those that have left, the oldest first
	repeats                 *repeats
	// cpuShapes are the shapes of tasks that ask for CPUs only.
	cpuShapes map[float64]sched.Shape
	groups    *placement.Table
	// A worker that has been silent for patience times period is ended; patience below 0 is for ever.
	patience int
	period   time.Duration
	// groupOwners are the drivers that have joined, of the groups that end with them.
	groupOwners map[core.ID]*proc
	envs        map[string]*core.Env // by their hashes
	namespaces  []string             // of the jobs after the first
	watch       placement.Watch
	looking     bool // a timer will tell about what waits for what no node has

	droppedMu  sync.Mutex
	anyDropped atomic.Bool

	ballast *ballast
	kept    *keeping // of a head with a folder for its state

	released released
	instant  moment // now, while the mutex is held; 0 until somebody asks

	unread []*proc       // some that nobody reads at the moment, or did not a while ago
	cares  uint64        // how often it was looked whether that has to end
	care   chan struct{} // there are some
}

type nameKey struct{ name, namespace string }

// Open starts a session on this machine.
func Open(_ context.Context, cfg core.Config) (core.Backend, error) {
	b := &Backend{
		cfg: cfg, started: time.Now(), ended: make(chan struct{}), care: make(chan struct{}, 1), released: released{some: make(chan struct{}, 1)}, ballast: newBallast(),
		actors: map[core.ID]*actor{},
		names:  map[nameKey]*actor{}, procs: map[sched.Worker]*proc{}, code: map[string][]byte{},
		cpuShapes: map[float64]sched.Shape{}, timers: map[*time.Timer]struct{}{}, deadlines: map[core.ID]*time.Timer{}, groupOwners: map[core.ID]*proc{}, envs: map[string]*core.Env{}, maxLineage: maxLineage(), sched: sched.New(sched.Config{}),
	}
	b.groups = placement.New(b.sched)
	b.sites.lines = cfg.RecordCallSites
	var err error
	if b.session, err = newSessionDir(); err != nil {
		return nil, err
	}
	b.repeats = newRepeats(func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.pending.len() == 0
	})
	b.info = core.Info{NodeIP: "127.0.0.1", SessionDir: b.session.path, Scheme: "local"}
	if cfg.DashboardPort >= 0 {
		if b.dashboard, err = dashboard.Open(dashboard.Config{Host: cfg.DashboardHost, Port: cfg.DashboardPort, Token: cfg.DashboardToken}); err != nil {
			b.session.remove()
			return nil, err
		}
		b.info.DashboardURL = b.dashboard.URL
	}
	b.spawner = startSpawner()
	if err := b.addNodes(); err != nil {
		b.Close()
		return nil, err
	}
	if b.dashboard != nil {
		b.dashboard.Serve(b)
	}
	return b, nil
}

// addNodes starts the nodes of the configuration.
func (b *Backend) addNodes() error {
	nodes := b.cfg.Nodes
	if len(nodes) == 0 {
		nodes = []core.NodeConfig{{Resources: b.cfg.Resources, Labels: b.cfg.Labels, ObjectStoreMemory: b.cfg.ObjectStoreMemory}}
	}
	b.mu.Lock()
	defer b.unlock()
	for _, cfg := range nodes {
		if _, err := b.addNode(cfg); err != nil {
			return err
		}
	}
	b.info.NodeID = b.head().config.Name
	b.tasks.Go(b.takeCare)
	b.tasks.Go(b.releaseAll)
	b.watchMemory()
	b.watchNodes()
	return nil
}

// statistics count what the store did.
type statistics struct {
	spilled, spilledTotal, restored, transferred int64
	reconstructed, killed                        int
}

// maxPrestart bounds the workers that are started before anybody needs them, on machines that
// claim to have many CPUs.
const maxPrestart = 16

// unlock does what the scheduler has decided, lets go of the mutex, and then writes what was
// buffered for workers.
func (b *Backend) unlock() {
	b.act()
	var few [4]*proc
	dirty := append(few[:0], b.dirty...)
	for _, p := range dirty {
		p.touched, p.idled, p.held = false, false, 0
	}
	clear(b.dirty)
	b.dirty = b.dirty[:0]
	unlink := b.unlink
	b.unlink, b.instant = nil, 0
	b.mu.Unlock()
	for _, p := range dirty {
		p.conn.Flush()
	}
	for _, path := range unlink {
		_ = os.RemoveAll(path) // what stays goes with the session's directory
	}
}

// heldFrames is how many frames for a busy worker wait at most.
const heldFrames = 128

// unlockSoon is unlock for submissions: a worker that has nothing to do is written to at once, a
// busy one when there is much for it, or when it, or anybody who waits, is heard: many tasks go out
// together.
func (b *Backend) unlockSoon() {
	b.act()
	var few [4]*proc
	dirty, rest := few[:0], b.dirty[:0]
	for _, p := range b.dirty {
		if !p.idled && p.held < heldFrames {
			rest = append(rest, p)
			continue
		}
		p.touched, p.idled, p.held = false, false, 0
		dirty = append(dirty, p)
	}
	clear(b.dirty[len(rest):])
	b.dirty, b.instant = rest, 0
	b.mu.Unlock()
	for _, p := range dirty {
		p.conn.Flush()
	}
}

// act carries out the scheduler's decisions; that may lead to others.
func (b *Backend) act() {
	for {
		actions := b.sched.Actions()
		if len(actions) == 0 {
			b.detachDropped()
			return
		}
		for _, a := range actions {
			b.carryOut(a)
		}
	}
}

func (b *Backend) carryOut(a sched.Action) {
	switch a.Kind {
	case sched.Spawn:
		b.spawn(a.Node, b.envs[a.Env])
	case sched.Start:
		b.start(core.ID(a.Task), b.procs[a.Worker], a.GPUs)
	case sched.Recall:
		b.recall(b.procs[a.Worker], a.Count)
	case sched.Evict:
		b.evict(b.procs[a.Worker], a.Why)
	case sched.GroupReady:
		b.groupReady(a)
	case sched.GroupLost:
		b.lookLater()
	case sched.Drained:
		b.moveOut(b.nodeByID(a.Node))
	case sched.Reject:
		b.reject(core.ID(a.Task), a.Why)
	case sched.Stop:
		b.procs[a.Worker].kill()
	}
}

// recall asks a worker for tasks that it has not started; what was not written to it yet is taken
// at once.
func (b *Backend) recall(p *proc, count int) {
	unsent := b.recallUnsent(p, count)
	p.recalled = append(p.recalled, unsent...)
	if count -= len(unsent); count <= 0 {
		b.givenBack(p, nil)
		return
	}
	p.conn.Queue(transport.Recall, 0, func(w *transport.Writer) { w.Uint(uint64(count)) })
	b.touch(p)
}

// touch remembers that p has something to be flushed.
func (b *Backend) touch(p *proc) {
	p.held++
	if !p.touched {
		p.touched = true
		b.dirty = append(b.dirty, p)
	}
}

// NewID implements core.Backend.
func (b *Backend) NewID() core.ID { return core.MakeID(0, b.sequence.Add(1)) }

// AddCode implements core.Backend.
func (b *Backend) AddCode(hash string, source []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.code[hash] = source
	return nil
}

// Code implements core.Backend.
func (b *Backend) Code(hash string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	source, ok := b.code[hash]
	if !ok {
		return nil, fmt.Errorf("no process of this session has code with hash %s; define the function again", hash)
	}
	return source, nil
}

// Total implements core.Backend.
func (b *Backend) Total() core.Resources {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sched.Total()
}

// Available implements core.Backend.
func (b *Backend) Available() core.Resources {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.available()
}

func (b *Backend) available() core.Resources {
	r := core.Resources(b.sched.Available())
	var free int64
	for _, n := range b.nodes {
		if !n.dead {
			free += n.config.ObjectStoreMemory - n.store.Stats().Used
		}
	}
	r[core.Store] = float64(free)
	return r
}

// Info implements core.Backend.
func (b *Backend) Info() core.Info { return b.info }

// Close implements core.Backend.
func (b *Backend) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	close(b.ended)
	for t := range b.timers {
		t.Stop()
	}
	for _, t := range b.deadlines {
		t.Stop()
	}
	for _, p := range b.procs {
		p.kill()
	}
	b.mu.Unlock()
	if b.dashboard != nil {
		_ = b.dashboard.Close() // nothing depends on it
	}
	b.tasks.Wait() // readers and spawns; each ends with its process
	b.repeats.close()
	b.spawner.stop()
	var err error
	for _, n := range b.nodes {
		if e := n.store.Close(); err == nil {
			err = e
		}
	}
	b.awaitBuffers()
	b.ballast.close()
	if e := b.session.remove(); err == nil {
		err = e
	}
	return err
}

// awaitBuffers lets the collector find the buffers that nobody uses any more, so that their
// memory goes with the session. What is still in use keeps its memory until it is let go.
func (b *Backend) awaitBuffers() {
	open := func() (n int) {
		for _, node := range b.nodes {
			n += node.store.Stats().Open
		}
		return n
	}
	for wait := time.Millisecond; open() > 0 && wait < closePatience; wait *= 2 {
		runtime.GC()
		time.Sleep(wait)
	}
}

// closePatience is up to how long awaitBuffers waits between collections, doubling.
const closePatience = 32 * time.Millisecond

// after runs f under the mutex later, unless the session ends before.
func (b *Backend) after(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		b.mu.Lock()
		defer b.unlock()
		delete(b.timers, t)
		if !b.closed {
			f()
		}
	})
	b.timers[t] = struct{}{}
}
