package local

import (
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	// repeatWindow is how long a line that was shown stands for the same line of others.
	repeatWindow = 5 * time.Second
	// repeatTick is how often it is looked whether a count can be shown: nothing runs any more, or
	// the window has passed.
	repeatTick = 100 * time.Millisecond
	// maxRepeats bounds the lines that are remembered; the oldest goes first.
	maxRepeats = 1000
)

// repeats holds back lines that other tasks have just printed, and shows how many there were.
type repeats struct {
	idle func() bool // nothing is pending
	off  bool

	mu     sync.Mutex
	lines  map[string]*repeat
	order  []*repeat // oldest first
	timer  *time.Timer
	held   int // lines that were held back and not counted out
	closed bool
}

// repeat is a line that was shown, and what came after.
type repeat struct {
	text   string
	last   string // the prefix of the last one
	since  time.Time
	source speech
	count  int
	show   func(line string)
}

// speech says who printed a line. A task that repeats itself means it; so does an actor.
type speech struct {
	pid   int64
	task  *task // nil for actors
	shift bool  // the worker has several tasks: which of them it was is not known
}

func newRepeats(idle func() bool) *repeats {
	return &repeats{idle: idle, off: os.Getenv("RAY_DEDUP_LOGS") == "0", lines: map[string]*repeat{}}
}

// admit reports whether a line is to be shown now; if not, it is counted.
func (r *repeats) admit(prefix, text string, from speech, now time.Time, show func(string)) bool {
	if r.off || text == "" {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(now, false)
	known := r.lines[text]
	switch {
	case r.closed:
		return true
	case known == nil:
		if len(r.order) == maxRepeats {
			r.forget(r.order[0])
		}
		known = &repeat{text: text, since: now, source: from, show: show}
		r.lines[text] = known
		r.order = append(r.order, known)
		return true
	case known.count == 0 && known.source == from && !from.shift:
		return true
	}
	known.count++
	known.last = prefix
	if r.held++; r.held == 1 {
		r.wait()
	}
	return false
}

func (r *repeats) wait() {
	if r.timer == nil {
		r.timer = time.AfterFunc(repeatTick, r.tick)
	} else {
		r.timer.Reset(repeatTick)
	}
}

func (r *repeats) tick() {
	idle := r.idle()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.expire(time.Now(), idle); r.held > 0 {
		r.wait()
	}
}

// expire forgets what is older than the window, or everything, and shows the counts.
func (r *repeats) expire(now time.Time, all bool) {
	for len(r.order) > 0 && (all || now.Sub(r.order[0].since) >= repeatWindow) {
		r.forget(r.order[0])
	}
}

func (r *repeats) forget(first *repeat) {
	r.order = r.order[1:]
	delete(r.lines, first.text)
	r.held -= first.count
	switch first.count {
	case 0:
	case 1:
		first.show(first.last + first.text + "\n")
	default:
		first.show(fmt.Sprintf("%s%s [repeated %d×]\n", first.last, first.text, first.count))
	}
}

// close shows what is left.
func (r *repeats) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(time.Now(), true)
	r.closed = true
	if r.timer != nil {
		r.timer.Stop()
	}
}
