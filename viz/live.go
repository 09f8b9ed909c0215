package viz

import (
	"sync"
	"time"
)

// liveInterval is the shortest time between two updates of one Live: ten a second read as motion
// and cost a front end little.
const liveInterval = 100 * time.Millisecond

// Live is one output that changes in place. Updates come through at most ten times a second; of
// those in between only the newest is kept, and the last one always arrives.
//
//	live := viz.NewLive()
//	defer live.Close()
//	for round := range rounds {
//		live.Update(viz.Lines("loss", curves(round)))
//	}
//
// A Renderer given to Update must not change afterwards: it is rendered when its turn comes.
type Live struct {
	mu      sync.Mutex
	id      string
	screen  Screen
	shown   bool
	closed  bool
	pending Renderer
	draft   Renderer  // what is shown, if it was shown without its costly forms
	next    time.Time // the earliest moment of the next update
	timer   *time.Timer
}

// NewLive opens an output on the current screen. Nothing is shown before the first Update.
func NewLive() *Live {
	return &Live{id: newID(), screen: currentScreen()}
}

// Update shows r in place of what was there. It returns at once; after Close it does nothing.
func (l *Live) Update(r Renderer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || r == nil {
		return
	}
	l.pending = r
	if l.timer != nil {
		return
	}
	wait := time.Until(l.next)
	if wait <= 0 {
		l.flush(false)
		return
	}
	l.timer = time.AfterFunc(wait, l.tick)
}

func (l *Live) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	if !l.closed {
		l.flush(false)
	}
}

// Close shows the last update, if it is still waiting, and ends the output. A second Close does
// nothing.
func (l *Live) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if l.pending == nil {
		l.pending = l.draft
	}
	l.flush(true)
	if s, ok := l.screen.(interface{ Done(id string) }); ok && l.shown {
		s.Done(l.id)
	}
}

// drafter is a Renderer some of whose forms cost too much for every update. A PNG takes ten times
// the time of an SVG, and no front end that updates in place needs it.
type drafter interface{ draftBundle() map[string]any }

// flush shows what is pending, its last state in all forms; l.mu is held, so that updates never
// overtake each other.
func (l *Live) flush(last bool) {
	r := l.pending
	if r == nil {
		return
	}
	l.pending, l.draft = nil, nil
	var bundle map[string]any
	if t, ok := l.screen.(*Terminal); ok {
		bundle = t.fit(r)
	} else if d, ok := r.(drafter); ok && !last {
		bundle, l.draft = bundleOf(rough{d}), r
	} else {
		bundle = bundleOf(r)
	}
	if l.shown {
		l.screen.Update(l.id, bundle)
	} else {
		l.screen.Display(l.id, bundle)
		l.shown = true
	}
	l.next = time.Now().Add(liveInterval)
}

// rough is a drafter as a Renderer.
type rough struct{ drafter }

func (r rough) MIMEBundle() map[string]any { return r.draftBundle() }
