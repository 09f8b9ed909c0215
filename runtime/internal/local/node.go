package local

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/store"
)

// node is a virtual node: resources, workers and a store of its own.
type node struct {
	id       sched.Node
	number   uint32 // of its store, and its place in Backend.nodes plus one
	config   core.NodeConfig
	info     core.Info // as its workers see it
	store    *store.Store
	dir      string // of spilled objects
	firstGPU int    // the devices of nodes are numbered one after the other
	dead     bool
	closing  bool // it is drained, and then removed

	holds map[*object]*residence // what lies in its store
	files map[*object]struct{}   // what lies on its disk

	room      sync.Mutex // held by the one that makes room in the store; never taken under Backend.mu
	collected int64      // when garbage was last collected for it, nanoseconds since the start; under room
}

// defaultStore is what a node's store takes of which nobody said how large it is.
const defaultStore = 256 << 20

// maxNodes is how many nodes a session may ever have, by the numbers of their stores.
const maxNodes = 1<<12 - 1

// AddNode implements core.NodeKeeper.
func (b *Backend) AddNode(cfg core.NodeConfig) (string, error) {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return "", core.ErrClosed
	}
	n, err := b.addNode(cfg)
	if err != nil {
		return "", err
	}
	return n.config.Name, nil
}

func (b *Backend) addNode(cfg core.NodeConfig) (*node, error) {
	number := uint32(len(b.nodes) + 1)
	if number > maxNodes {
		return nil, fmt.Errorf("a session can have %d nodes in all, also counting those that are gone; start a new one", maxNodes)
	}
	if cfg.Name == "" {
		if cfg.Name = fmt.Sprintf("node-%d", os.Getpid()); number > 1 {
			cfg.Name += fmt.Sprintf("-%d", number)
		}
	}
	if slices.ContainsFunc(b.nodes, func(o *node) bool { return o.config.Name == cfg.Name }) {
		return nil, fmt.Errorf("a node is called %q already; choose another name", cfg.Name)
	}
	if cfg.ObjectStoreMemory == 0 {
		cfg.ObjectStoreMemory = defaultStore
	}
	n := &node{
		number: number, config: cfg, dir: filepath.Join(b.session.path, "spill-"+fmt.Sprint(number)),
		holds: map[*object]*residence{}, files: map[*object]struct{}{},
	}
	for _, o := range b.nodes {
		n.firstGPU += int(o.config.Resources[core.GPU])
	}
	var err error
	if n.store, err = store.New(store.Config{Capacity: cfg.ObjectStoreMemory, Number: number, Dropped: b.segmentDropped}); err != nil {
		return nil, err
	}
	if err := os.Mkdir(n.dir, 0o700); err != nil {
		_ = n.store.Close() // it is empty
		return nil, fmt.Errorf("no directory for spilled objects: %w; set TMPDIR to a writable directory", err)
	}
	n.info = b.info
	n.info.NodeID = cfg.Name
	b.nodes = append(b.nodes, n)
	n.id = b.sched.AddNode(sched.NodeConfig{
		Name: cfg.Name, Total: cfg.Resources, Labels: cfg.Labels,
		Prestart: min(int(cfg.Resources[core.CPU]), maxPrestart) + 1,
	})
	b.note("INFO", "NODE_ADDED", cfg.Name, n, "node %s was added with %s", cfg.Name, countable(cfg.Resources))
	return n, nil
}

// countable leaves out what is counted in bytes.
func countable(r core.Resources) core.Resources {
	r = r.Clone()
	delete(r, core.Memory)
	delete(r, core.Store)
	return r
}

// head is the driver's node.
func (b *Backend) head() *node { return b.nodes[0] }

// nodeOf is the node in whose store something lies.
func (b *Backend) nodeOf(at store.Location) *node { return b.nodes[at.Store()-1] }

func (b *Backend) nodeByID(id sched.Node) *node {
	for _, n := range b.nodes {
		if n.id == id {
			return n
		}
	}
	return nil
}

// RemoveNode implements core.NodeKeeper.
func (b *Backend) RemoveNode(id string, drain bool) error {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return core.ErrClosed
	}
	return b.removeNode(id, drain)
}

func (b *Backend) removeNode(id string, drain bool) error {
	i := slices.IndexFunc(b.nodes, func(n *node) bool { return n.config.Name == id })
	switch {
	case i < 0 || b.nodes[i].dead:
		return fmt.Errorf("no living node is called %q; ray.Nodes lists them", id)
	case i == 0:
		return fmt.Errorf("node %q is the driver's own; end it with ray.Shutdown", id)
	}
	if n := b.nodes[i]; !drain {
		b.loseNode(n)
	} else if !n.closing {
		n.closing = true
		b.note("INFO", "NODE_DRAINING", id, n, "node %s takes no new tasks, and ends when those that run there have", id)
		b.sched.DrainNode(n.id)
	}
	return nil
}

// loseNode goes on without a node: its processes end, its objects are gone. What ran there is
// seen to when the sockets of its workers close.
func (b *Backend) loseNode(n *node) {
	if n.dead {
		return
	}
	b.act() // what was decided for this node is found among its workers' tasks
	n.dead = true
	if n.closing {
		b.note("INFO", "NODE_REMOVED", n.config.Name, n, "node %s was drained and has ended", n.config.Name)
	} else {
		b.note("WARNING", "NODE_REMOVED", n.config.Name, n, "node %s is gone", n.config.Name)
	}
	for o := range n.holds {
		o.copies = slices.DeleteFunc(o.copies, func(r *residence) bool { return r.node == n })
	}
	for o := range n.files {
		b.stats.spilled -= o.file.Size
		o.file = nil
	}
	clear(n.holds)
	clear(n.files)
	for _, p := range b.procs {
		if p.node == n {
			p.kill()
		}
	}
	b.sched.RemoveNode(n.id)
	b.lookLater()
	_ = n.store.Close() // what this process still reads stays until then
	b.unlink = append(b.unlink, n.dir)
}

// moveOut brings what only a drained node has to the driver's, and ends it.
func (b *Backend) moveOut(n *node) {
	left := 1
	gone := func(*residence, *core.Failure) {
		if left--; left == 0 {
			b.loseNode(n)
		}
	}
	for o := range n.holds {
		if len(o.copies) == 1 {
			left++
			b.bring(o, b.head(), gone)
		}
	}
	for o := range n.files {
		if len(o.copies) == 0 {
			left++
			b.bring(o, b.head(), gone)
		}
	}
	gone(nil, nil)
}

// Nodes implements core.Backend.
func (b *Backend) Nodes() []core.NodeInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.nodeInfos()
}

func (b *Backend) nodeInfos() []core.NodeInfo {
	list := make([]core.NodeInfo, len(b.nodes))
	for i, n := range b.nodes {
		list[i] = core.NodeInfo{ID: n.config.Name, IP: n.info.NodeIP, Alive: !n.dead, Resources: n.config.Resources.Clone(), Labels: n.config.Labels}
	}
	return list
}
