package worker

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// natives are the native programs of this worker: children of it, which speak the worker's own
// protocol with it as workers do with the driver. It passes their frames on.
type natives struct {
	p *Process

	mu       sync.Mutex
	known    map[string]*core.NativeBuild // by file
	looked   map[string]time.Time         // files that were not there
	children map[string]*nativeChild      // by program, and by what its functions share
	numbers  map[uint64]*nativeChild
	clock    uint64
	segments map[uint32]segment
	last     uint64 // number of a child
	paces    map[string]*pace
	actor    *nativeActor // that lives here, if its class may be native
}

const (
	// maxNatives bounds the children of a worker; the one that was used least recently ends.
	maxNatives = 4
	// childShift is where the number of a child is in its ids and requests: a worker makes fewer
	// than 1<<32 of its own.
	childShift = 32
	// lookEvery is how long a file that is not there is taken to stay so.
	lookEvery = 2 * time.Millisecond
	// nativePatience is how long a task of TierNative waits for its program.
	nativePatience = 2 * time.Minute
)

func newNatives(p *Process) *natives {
	return &natives{p: p, known: map[string]*core.NativeBuild{}, looked: map[string]time.Time{},
		children: map[string]*nativeChild{}, numbers: map[uint64]*nativeChild{}, paces: map[string]*pace{}, segments: map[uint32]segment{}}
}

// build returns what is known of a function's program; nil while it is being built, and where
// there will be none.
func (n *natives) build(spec *core.TaskSpec) *core.NativeBuild {
	if n == nil || spec.Func == nil || spec.Func.Native == "" || spec.Tier == core.TierInterpreted {
		return nil
	}
	core.SetNativeDir(filepath.Dir(spec.Func.Native))
	b := n.look(spec.Func.Native, false)
	if b == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if b.Failure != "" {
		return nil
	}
	return b
}

// look reads the file of a function.
func (n *natives) look(file string, again bool) *core.NativeBuild {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b := n.known[file]; b != nil {
		return b
	}
	if !again && time.Since(n.looked[file]) < lookEvery {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		n.looked[file] = time.Now()
		return nil
	}
	b := new(core.NativeBuild)
	if json.Unmarshal(data, b) != nil {
		b = &core.NativeBuild{Failure: "its description is damaged"}
	}
	n.known[file] = b
	delete(n.looked, file)
	return b
}

// await waits for the program of a task that wants nothing else.
func (n *natives) await(j *job) {
	if n == nil || j.spec.Tier != core.TierNative || j.spec.Func == nil || j.spec.Func.Native == "" {
		return
	}
	end := time.NewTimer(nativePatience)
	defer end.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for n.look(j.spec.Func.Native, true) == nil {
		select {
		case <-tick.C:
		case <-end.C:
			return
		case <-j.ctx.Done():
			return
		}
	}
}

// natively runs a task as a native program, if there is one. ok is false when it must run here; a
// task without a result was given back to the driver.
func (n *natives) natively(j *job) (first *transport.Stored, more []*transport.Stored, ok bool) {
	if n == nil || j.spec.Kind == core.ActorCall {
		return nil, nil, false
	}
	n.await(j)
	b := n.build(j.spec)
	switch {
	case j.spec.Kind == core.ActorStart:
		return n.startActor(b, j)
	case b == nil || j.spec.Tier == core.TierAuto && n.interpretedIsFaster(j.spec.Func.Native, n.p.queued()):
		return nil, nil, false
	}
	start := time.Now()
	c := n.child(b, j.spec.Func)
	if c == nil {
		return nil, nil, false
	}
	if jobs := n.batch(c, j); jobs != nil {
		n.runTogether(b, c, jobs)
		return nil, nil, true
	}
	r := new(c.run(j))
	n.paced(j.spec, true, time.Since(start))
	n.pacedInside(j.spec.Func.Native, time.Duration(r.nanos))
	if j.goesTogether() { // others may wait behind it: the way is not what they will take
		j.nanos = r.nanos
	}
	if r.first.Failure != nil && r.first.Failure.Kind == core.BadCall {
		// Something of a type that the program does not know, and the interpreter does.
		n.giveUp(j, b, r.first.Failure.Text)
		return nil, nil, true
	}
	return r.first, r.more, true
}

// failed notes why a program does not do, here and for other workers.
func (n *natives) failed(file string, b *core.NativeBuild, why string) {
	n.mu.Lock()
	b.Failure = why
	n.mu.Unlock()
	if data, err := json.Marshal(core.NativeBuild{Failure: why}); err == nil {
		part := fmt.Sprintf("%s.%d", file, os.Getpid())
		if os.WriteFile(part, data, 0o600) == nil {
			_ = os.Rename(part, file) // other workers find out themselves otherwise
		}
	}
}

// giveUp gives a task back to the driver, and makes it and all later ones run interpreted.
func (n *natives) giveUp(j *job, b *core.NativeBuild, why string) {
	n.failed(j.spec.Func.Native, b, why)
	j.ctx.cancel()
	p := n.p
	p.mu.Lock()
	p.running.drop(j)
	p.mu.Unlock()
	p.counts.flush()
	p.conn.Send(transport.Returned, 0, func(w *transport.Writer) { w.IDs([]core.ID{j.spec.ID}) })
	p.conn.Flush()
}

// give runs a task in a native program. Without a result it has not run, and must run here.
func (n *natives) give(b *core.NativeBuild, j *job) *nativeResult {
	c := n.child(b, j.spec.Func)
	if c == nil {
		return nil
	}
	return new(c.run(j))
}

// child finds or starts the program for a function and what it has captured.
func (n *natives) child(b *core.NativeBuild, f *core.FuncRef) *nativeChild {
	key := b.Key + " " + f.Hash
	if b.Globals > 0 {
		key += string(f.Captures.Inline)
		for _, s := range f.Captures.Segments {
			key += string(s)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clock++
	if c := n.children[key]; c != nil {
		c.used = n.clock
		return c
	}
	if len(n.children) >= maxNatives {
		n.endOldest()
	}
	c, err := n.start(b, f)
	if err != nil {
		b.Failure = err.Error()
		return nil
	}
	c.key, c.used = key, n.clock
	n.children[key] = c
	return c
}

// endOldest ends the program that was used least recently.
func (n *natives) endOldest() {
	var oldest *nativeChild
	for _, c := range n.children {
		if len(c.tasks) == 0 && (oldest == nil || c.used < oldest.used) {
			oldest = c
		}
	}
	if oldest != nil {
		delete(n.children, oldest.key)
		oldest.end()
	}
}

// segment is shared memory that children must know as well.
type segment struct {
	file *os.File
	size int64
}

// attach passes a segment on. file stays the caller's.
func (n *natives) attach(id uint32, file *os.File, size int64) {
	if n == nil {
		return
	}
	own, err := duplicate(file)
	if err != nil {
		return // what needs it says so
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if old, ok := n.segments[id]; ok {
		old.file.Close()
	}
	n.segments[id] = segment{own, size}
	for _, c := range n.numbers {
		c.attach(id, n.segments[id])
	}
}

func (n *natives) detach(id uint32) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if old, ok := n.segments[id]; ok {
		old.file.Close()
		delete(n.segments, id)
	}
	for _, c := range n.numbers {
		c.conn.Send(transport.Detach, 0, func(w *transport.Writer) { w.Uint(uint64(id)) })
	}
}

// reply passes on what the driver answers a child; ok is false when it is for this process.
func (n *natives) reply(id uint64, r *transport.Reader) (ok bool) {
	if n == nil || id>>childShift == 0 {
		return false
	}
	n.mu.Lock()
	c := n.numbers[id>>childShift]
	n.mu.Unlock()
	if c != nil {
		payload := r.Raw()
		c.conn.Send(transport.Reply, id, func(w *transport.Writer) { w.Raw(payload) })
		c.conn.Flush()
	}
	return true
}

// collect asks children to do what the driver has asked this process to do (see letGo).
func (n *natives) collect(giveBack, own bool) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.numbers {
		c.conn.Send(transport.Collect, 0, func(w *transport.Writer) {
			w.Bool(giveBack)
			w.Bool(own)
		})
		c.conn.Flush()
	}
}
