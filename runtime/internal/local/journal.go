package local

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// journals keep the last lines of each worker, also of those that have ended.
type journals struct {
	lines atomic.Int64 // that were ever kept
	mu    sync.Mutex
	byPID map[int]*journal
	order []int // pids, the oldest first
}

// journal is a ring of lines.
type journal struct {
	count *atomic.Int64 // journals.lines
	node  string
	mu    sync.Mutex
	lines []entry
	bytes int
}

// entry is a line and whose it is: a task's, or an actor's.
type entry struct {
	serial int64
	id     core.ID
	stderr bool
	at     time.Time
	text   string
}

// What is kept: of a worker that many lines and bytes, and so many workers.
const (
	journalLines = 1000
	journalBytes = 256 << 10
	maxJournals  = 200
)

// open adds the journal of a process. That of the oldest goes when there are too many.
func (j *journals) open(pid int, of *journal) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.byPID == nil {
		j.byPID = map[int]*journal{}
	}
	if j.byPID[pid] != nil { // the system has used the number again
		j.order = slices.DeleteFunc(j.order, func(p int) bool { return p == pid })
	} else if len(j.order) == maxJournals {
		delete(j.byPID, j.order[0])
		j.order = j.order[1:]
	}
	j.byPID[pid] = of
	j.order = append(j.order, pid)
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.serial = j.count.Add(1)
	j.lines = append(j.lines, e)
	j.bytes += len(e.text)
	drop := 0
	for len(j.lines)-drop > journalLines || j.bytes > journalBytes {
		j.bytes -= len(j.lines[drop].text)
		j.lines[drop] = entry{}
		drop++
	}
	j.lines = j.lines[drop:]
}

// of returns the lines of a process.
func (j *journals) of(pid int) (lines []core.OutputLine, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of := j.byPID[pid]
	if of == nil {
		return nil, false
	}
	return of.read(pid, 0), true
}

// by returns the lines of a task or an actor, from all its processes.
func (j *journals) by(id core.ID) (lines []core.OutputLine) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, pid := range j.order {
		lines = append(lines, j.byPID[pid].read(pid, id)...)
	}
	inOrder(lines)
	return lines
}

// inOrder sorts lines of several processes.
func inOrder(lines []core.OutputLine) {
	slices.SortFunc(lines, func(x, y core.OutputLine) int { return cmp.Compare(x.Serial, y.Serial) })
}

// on returns the lines of a node's processes.
func (j *journals) on(node string) (lines []core.OutputLine, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, pid := range j.order {
		if of := j.byPID[pid]; of.node == node {
			known = true
			lines = append(lines, of.read(pid, 0)...)
		}
	}
	inOrder(lines)
	return lines, known
}

// read returns the lines of id, or all for zero.
func (j *journal) read(pid int, id core.ID) (lines []core.OutputLine) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.lines {
		if id == 0 || e.id == id {
			lines = append(lines, core.OutputLine{Serial: e.serial, PID: pid, Stderr: e.stderr, At: e.at, Text: e.text})
		}
	}
	return lines
}

// owner is the task, or the actor, whose output a line is; zero when nothing runs there.
func (p *proc) owner() core.ID {
	switch t := p.label.Load(); {
	case t == nil:
		return 0
	case t.actor != nil:
		return t.actor.id
	default:
		return t.spec.ID
	}
}

// linesOf answers a question for output.
func (b *Backend) linesOf(q *core.Observation) (lines []core.OutputLine, known bool) {
	if q.Node != "" {
		lines, known = b.journals.on(q.Node)
		b.mu.Lock()
		known = known || slices.ContainsFunc(b.nodes, func(n *node) bool { return n.config.Name == q.Node })
		b.mu.Unlock()
	} else {
		lines, known = b.Output(q.ID, q.PID)
	}
	if i := slices.IndexFunc(lines, func(l core.OutputLine) bool { return l.Serial > q.After }); i > 0 {
		lines = lines[i:]
	} else if i < 0 {
		lines = nil
	}
	return lines, known
}
