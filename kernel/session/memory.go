package session

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// EnvMemoryLimit names how much memory a session's process may hold: "8GB", "50%" of what there is,
// or "off". Without it the limit is defaultShare of the machine's memory, or of the container's.
const EnvMemoryLimit = "GORAY_MEMORY_LIMIT"

const (
	defaultShare = 0.8
	softShare    = 0.9 // of the limit: where cells are stopped; beyond the limit the process is ended
	armedShare   = 0.8 // of the limit: below it the next cell can be stopped again
	leastShare   = 0.03
	bigShare     = 0.25
)

// memory is what a process holds, and what it may.
type memory struct {
	held  int64 // pages of its own, in bytes; files and shared memory are not counted
	limit int64 // 0 is none
	left  int64 // that the machine has left; negative where nobody says
	total int64
}

// over says whether share of the limit is held, or whether the machine has next to nothing left while
// this process is a large part of what is used.
func (m memory) over(share float64) bool {
	if m.limit > 0 && float64(m.held) > share*float64(m.limit) {
		return true
	}
	least := leastShare
	if share < 1 {
		least *= 2
	}
	return m.limit > 0 && m.left >= 0 && float64(m.left) < least*float64(m.total) && float64(m.held) > bigShare*float64(m.total)
}

// pause is until the next look: memory is taken at some gigabytes a second at most.
func (m memory) pause(share float64) time.Duration {
	const most, perSecond = 250 * time.Millisecond, 8 << 30
	if m.limit == 0 {
		return most
	}
	room := max(share*float64(m.limit)-float64(m.held), 0)
	return min(max(time.Duration(room/perSecond*float64(time.Second)), 5*time.Millisecond), most)
}

func (m memory) String() string {
	text := say("it held %s of at most %s", bytesText(m.held), bytesText(m.limit))
	if m.held < m.limit {
		text += fmt.Sprintf(", and the machine had %s left", bytesText(m.left))
	}
	return text
}

// memoryOf looks at a process. Without /proc it holds nothing.
func memoryOf(pid int, limit int64) memory {
	m := memory{limit: limit, left: -1}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var size, resident, shared int64
	if n, _ := fmt.Sscan(string(b), &size, &resident, &shared); err == nil && n == 3 {
		m.held = (resident - shared) * int64(os.Getpagesize())
	}
	info := counters("/proc/meminfo", "MemTotal:", "MemAvailable:")
	if len(info) == 2 {
		m.total, m.left = info[0]<<10, info[1]<<10
	}
	return m
}

// counters reads the numbers that stand behind names in a file of lines; nil without all of them.
func counters(path string, names ...string) []int64 {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	found := make([]int64, len(names))
	missing := len(names)
	for s := bufio.NewScanner(f); s.Scan() && missing > 0; {
		words := strings.Fields(s.Text())
		for i, name := range names {
			if len(words) > 1 && words[0] == name {
				found[i], _ = strconv.ParseInt(words[1], 10, 64)
				missing--
			}
		}
	}
	if missing > 0 {
		return nil
	}
	return found
}

// physicalMemory is the machine's, or the container's if it may have less; 0 where nobody says.
func physicalMemory() int64 {
	total := int64(0)
	if info := counters("/proc/meminfo", "MemTotal:"); info != nil {
		total = info[0] << 10
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(path)
		n, parseErr := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err == nil && parseErr == nil && n > 0 && (total == 0 || n < total) {
			total = n
		}
	}
	return total
}

// startLimit is the limit that a session begins with.
func startLimit() int64 {
	total := physicalMemory()
	if text := os.Getenv(EnvMemoryLimit); text != "" {
		if n, err := parseLimit(text, total); err == nil {
			return n
		}
		fmt.Fprintf(os.Stderr, "session: %s=%q is no amount of memory; write 8GB, 50%% or off\n", EnvMemoryLimit, text)
	}
	return int64(defaultShare * float64(total))
}

var units = []struct {
	suffix string
	bytes  float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"TIB", 1 << 40}, {"GIB", 1 << 30}, {"MIB", 1 << 20}, {"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"K", 1e3}, {"B", 1}, {"", 1}}

// parseLimit reads "8GB", "512 MiB", "50%" of total, and "off", which is 0.
func parseLimit(text string, total int64) (int64, error) {
	text = strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if text == "OFF" || text == "NONE" {
		return 0, nil
	}
	if share, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(share, 64)
		if err != nil || !(n > 0 && n <= 100) || total == 0 {
			return 0, fmt.Errorf("%q is no share of the memory", text)
		}
		return int64(n / 100 * float64(total)), nil
	}
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.suffix)
		n, err := strconv.ParseFloat(number, 64)
		if ok && err == nil && n >= 1 && n*u.bytes < math.MaxInt64 {
			return int64(n * u.bytes), nil
		}
	}
	return 0, fmt.Errorf("%q is no amount of memory; write 8GB, 50%% or off", text)
}

func bytesText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// MemoryError stops a cell that takes more memory than the session may hold.
type MemoryError struct{ memory memory }

func (e *MemoryError) Error() string {
	return say("the cell was stopped for want of memory: the session holds %s of at most %s. Variables are as the cell left them; set large ones to nil, or raise the limit with %%memory",
		bytesText(e.memory.held), bytesText(e.memory.limit))
}

// ErrorName is Jupyter's ename.
func (e *MemoryError) ErrorName() string { return "MemoryError" }

// setLimit changes how much memory the process may hold; 0 is no limit.
func (l *Local) setLimit(n int64) {
	l.limit.Store(n)
	soft := int64(math.MaxInt64)
	if n > 0 {
		soft = int64(softShare * softShare * float64(n)) // the collector works harder before cells are stopped
	}
	debug.SetMemoryLimit(soft)
}

// watchMemory stops the running cells when they take too much, until ctx ends. They are stopped
// once: what is held then may be what a person wants to give up in the next cell.
func (l *Local) watchMemory(ctx context.Context) {
	armed := true
	pid := os.Getpid()
	for pause := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		m := memoryOf(pid, l.limit.Load())
		pause = m.pause(softShare)
		switch {
		case !armed:
			pause = m.pause(1)
			armed = !m.over(armedShare)
		case m.over(softShare):
			armed = false
			if ended := l.stopCells(&MemoryError{m}); ended != nil {
				select {
				case <-ended:
				case <-time.After(time.Second): // compiled code goes on
				}
				debug.FreeOSMemory()
			}
		}
	}
}

// watchMemory ends a child that holds too much, until it has ended. The child stops its cells
// before; but compiled code does not listen, and a process out of memory may do nothing at all.
func (s *Supervisor) watchMemory(a *attempt) {
	if a.process.PID == 0 {
		return
	}
	for pause := time.Duration(0); ; {
		select {
		case <-a.ended:
			return
		case <-time.After(pause):
		}
		m := memoryOf(a.process.PID, s.limit.Load())
		pause = m.pause(1)
		a.mu.Lock()
		a.seen = m
		a.mu.Unlock()
		if m.over(1) {
			a.kill(say("memory limit: %s; %%memory shows and changes the limit", m))
			return
		}
	}
}

// killings counts what the system has killed for want of memory.
func killings() int64 {
	if n := counters("/proc/vmstat", "oom_kill"); n != nil {
		return n[0]
	}
	return 0
}
