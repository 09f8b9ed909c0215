package local

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
)

// Ray's names and defaults.
const (
	envThreshold = "RAY_memory_usage_threshold"
	envRefresh   = "RAY_memory_monitor_refresh_ms"

	defaultThreshold = 0.95
	defaultRefresh   = 250 * time.Millisecond
	// collectAgain is how long what was collected is taken to be all.
	collectAgain = 2 * time.Second
	// shownUsers is how many processes the error lists.
	shownUsers = 5
	// tasksShare: when tasks use less than this part of what is in use, ending them does not help.
	tasksShare = 0.1
	// largeShare: who uses less than this part of what the largest task uses is not ended.
	largeShare = 0.5
)

// monitor ends tasks when memory is short, before the kernel ends whatever it finds.
type monitor struct {
	b         *Backend
	threshold float64
	victim    *proc // that is about to end
	warned    bool
	collected time.Time // when all were asked to give back what they do not use
}

// watchMemory starts the monitor, unless it is switched off.
func (b *Backend) watchMemory() {
	m := &monitor{b: b, threshold: b.cfg.MemoryUsageThreshold}
	if m.threshold == 0 {
		m.threshold = defaultThreshold
		if v, err := strconv.ParseFloat(os.Getenv(envThreshold), 64); err == nil && v != 0 {
			m.threshold = v
		}
	}
	refresh := defaultRefresh
	if v, err := strconv.Atoi(os.Getenv(envRefresh)); err == nil {
		refresh = time.Duration(v) * time.Millisecond
	}
	if m.threshold <= 0 || m.threshold > 1 || refresh <= 0 {
		return
	}
	b.tasks.Go(func() {
		tick := time.NewTicker(refresh)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				m.look()
			case <-b.ended:
				return
			}
		}
	})
}

// look ends one task if there is too little memory.
func (m *monitor) look() {
	var u usage
	if m.b.cfg.MemoryLimit == 0 {
		if u = memoryUsage(); u.total == 0 || float64(u.used) <= m.threshold*float64(u.total) {
			return
		}
	}
	users := m.users()
	if m.b.cfg.MemoryLimit > 0 {
		u = usage{total: m.b.cfg.MemoryLimit, of: "ray.Config.MemoryLimit"}
		for _, other := range users {
			u.used += other.bytes
		}
		if float64(u.used) <= m.threshold*float64(u.total) {
			return
		}
	}
	m.b.mu.Lock()
	defer m.b.unlock()
	if m.b.closed || m.victim != nil && m.victim.short != nil && m.b.procs[m.victim.id] == m.victim {
		return // what was ended is not gone yet
	}
	if time.Since(m.collected) > collectAgain { // what tasks have left behind is not gone either
		m.collected = time.Now()
		m.b.askToCollect(true, false)
		m.b.tasks.Go(debug.FreeOSMemory)
		return
	}
	if m.victim = m.choose(u, users); m.victim != nil {
		m.end(m.victim, u, users)
	}
}

// users lists driver, workers and object stores.
func (m *monitor) users() []user {
	b := m.b
	b.mu.Lock()
	list := []user{{pid: os.Getpid(), name: "the driver"}}
	var objects int64
	for _, n := range b.nodes {
		if !n.dead {
			objects += n.store.Stats().Used
		}
	}
	for _, p := range b.procs {
		if p.pid != 0 {
			list = append(list, user{pid: p.pid, name: p.name()})
		}
	}
	b.mu.Unlock()
	for i := range list { // files are read without the mutex
		list[i].bytes = private(list[i].pid)
	}
	list = append(list, user{name: "objects in shared memory", bytes: objects})
	byMemory(list)
	return list
}

// name is what people call a worker: by what it runs.
func (p *proc) name() string {
	if t := p.label.Load(); t != nil && p.given > 0 || p.actor != nil {
		return t.spec.Label()
	}
	return "an idle worker"
}

// choose finds the worker whose task is ended: of those that are large, the newest that can be
// tried again, or else the newest.
func (m *monitor) choose(all usage, users []user) (chosen *proc) {
	bytes := map[int]int64{}
	for _, u := range users {
		bytes[u.pid] = u.bytes
	}
	running := m.b.running()
	var most, sum int64
	for p := range running {
		most = max(most, bytes[p.pid])
		sum += bytes[p.pid]
	}
	if float64(sum) < tasksShare*float64(all.used) {
		m.warn(all, users)
		return nil
	}
	var best *task
	for p, t := range running {
		if float64(bytes[p.pid]) < largeShare*float64(most) {
			continue
		}
		if best == nil || t.retriable() && !best.retriable() || t.retriable() == best.retriable() && t.begun > best.begun {
			best, chosen = t, p
		}
	}
	return chosen
}

// running finds what each worker is at: the first of the tasks that it was given, or its actor.
func (b *Backend) running() map[*proc]*task {
	list := map[*proc]*task{}
	for _, t := range b.pending.all() {
		if t.state != submitted || !t.sent || t.spec.Kind == core.ActorCall {
			continue
		}
		if other := list[t.proc]; other == nil || t.begun < other.begun {
			list[t.proc] = t
		}
	}
	for _, p := range b.procs {
		if p.actor != nil && p.actor.dead == nil && list[p] == nil {
			list[p] = p.actor.creation
		}
	}
	return list
}

// retriable reports whether the end of a task's process does not end the task.
func (t *task) retriable() bool {
	if t.spec.Kind == core.ActorStart {
		return t.spec.MaxRestarts < 0 || t.actor.restarts < t.spec.MaxRestarts
	}
	return sched.RetryDelay(t.attempt(), t.spec.MaxRetries) != sched.NoRetry
}

// describe says how much is in use, and by whom.
func (m *monitor) describe(u usage, users []user) string {
	var list []string
	for _, other := range users[:min(len(users), shownUsers)] {
		text := fmt.Sprintf("%s %s", other.name, store.Bytes(other.bytes))
		if other.pid != 0 {
			text += fmt.Sprintf(" (pid %d)", other.pid)
		}
		list = append(list, text)
	}
	return fmt.Sprintf("memory was short: %s of %s, %s, were in use, more than %.0f %%; the largest users were %s",
		store.Bytes(u.used), store.Bytes(u.total), u.of, 100*m.threshold, strings.Join(list, ", "))
}

// warn says once that it is not tasks that use the memory.
func (m *monitor) warn(u usage, users []user) {
	if !m.warned && m.b.cfg.LogToDriver {
		fmt.Fprintf(os.Stderr, "ray: %s. Tasks use little of it, so none is ended\n", m.describe(u, users))
	}
	m.warned = true
}

// end ends what a worker runs; a worker that has gone on to something else meanwhile is spared.
func (m *monitor) end(p *proc, u usage, users []user) {
	b := m.b
	t := b.running()[p]
	p.shortage = m.describe(u, users)
	p.short = t
	b.stats.killed++
	b.note("ERROR", "OUT_OF_MEMORY_KILL", t.spec.ID.String(), p.node, "%s (pid %d) was ended, because %s", t.spec.Label(), p.pid, p.shortage)
	if b.cfg.LogToDriver {
		fmt.Fprintf(os.Stderr, "ray: %s (pid %d) was ended, because %s\n", t.spec.Label(), p.pid, p.shortage)
	}
	if p.actor != nil {
		p.kill()
		return
	}
	id := t.spec.ID
	p.conn.Queue(transport.Cancel, uint64(id), func(w *transport.Writer) { w.Uint(transport.EndIfRunning) })
	b.touch(p)
	p.forced[id] = true
	b.after(forceGrace, func() {
		if p.forced[id] {
			p.kill()
		}
	})
}
