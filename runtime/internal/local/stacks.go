package local

import (
	"cmp"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// dumpPatience is how long a process may take to tell what it does.
const dumpPatience = 2 * time.Second

// dumps are questions to processes that wait for their answers; all of it is under Backend.mu.
type dumps struct {
	next    uint64
	waiting map[uint64]*dumping
}

type dumping struct {
	texts map[*proc]string
	left  int
	done  chan struct{}
}

// take keeps an answer.
func (d *dumps) take(request uint64, p *proc, text string) {
	w := d.waiting[request]
	if w == nil {
		return // it came too late
	}
	w.texts[p] = text
	if w.left--; w.left == 0 {
		close(w.done)
	}
}

// Stacks implements core.Warden.
func (b *Backend) Stacks(pid int) (list []core.Stack) {
	b.mu.Lock()
	w := &dumping{texts: map[*proc]string{}, done: make(chan struct{})}
	b.dumps.next++
	request := b.dumps.next
	if b.dumps.waiting == nil {
		b.dumps.waiting = map[uint64]*dumping{}
	}
	b.dumps.waiting[request] = w
	asked := map[*proc]core.Stack{}
	running := b.running()
	for _, p := range b.procs {
		if p.pid == 0 || !p.up || pid != 0 && p.pid != pid {
			continue
		}
		s := core.Stack{PID: p.pid, Node: p.node.config.Name}
		switch t := running[p]; {
		case p.joined:
			s.Running = "driver"
		case p.actor != nil:
			s.Running = "actor " + p.actor.spec.Label()
		case t != nil:
			s.Running = t.spec.Label()
		}
		asked[p] = s
		w.left++
		p.conn.Queue(transport.Dump, request, nil)
		b.touch(p)
	}
	none := w.left == 0
	head := core.Stack{PID: os.Getpid(), Node: b.head().config.Name, Running: "head"}
	b.unlock()
	if !none {
		select {
		case <-w.done:
		case <-time.After(dumpPatience):
		case <-b.ended:
		}
	}
	b.mu.Lock()
	delete(b.dumps.waiting, request)
	for p, s := range asked {
		s.Text = w.texts[p]
		list = append(list, s)
	}
	b.mu.Unlock()
	if pid == 0 || pid == head.PID {
		buf := make([]byte, 1<<20)
		head.Text = string(buf[:runtime.Stack(buf, true)])
		list = append(list, head)
	}
	slices.SortFunc(list, func(x, y core.Stack) int { return cmp.Compare(x.PID, y.PID) })
	return list
}
