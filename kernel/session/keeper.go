package session

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// What the image that is made after each cell may cost.
const (
	imageBytes = 64 << 20
	imageTime  = 200 * time.Millisecond
	probeTime  = 20 * time.Millisecond // for one variable, when all together take too long
	patience   = 4 * time.Millisecond  // that the next cell has for an image that is nearly done
	debounce   = 50 * time.Millisecond // of idle time before an image that takes longer
	pollMost   = time.Second           // between looks whether goroutines still run
	pastSteps  = 20
	pastBytes  = 2 * imageBytes
	writeBytes = 1 << 20 // between two looks whether to go on
)

var (
	errAborted = errors.New("the next cell began")
	errSlow    = errors.New("it takes too long to write down")
)

const stillRunning = "goroutines of cells were running"

const tooLarge = "too large to keep; %checkpoint saves it"

// keeper has the images of a session: that of now, and those from before each cell. Images are
// made between cells; wake ends that when a cell begins.
type keeper struct {
	mu      sync.Mutex
	decls   declarations
	news    []declaring // since they were last asked for
	anew    bool        // decls has been replaced
	running int         // cells
	last    int         // number of the last cell that ran code
	now     *image      // nil when the state of now has not been written down
	past    []step
	changed map[string]int // the last cell that may have changed a variable by name
	heavy   map[string]int // variables that were too large, and after which cell
	arrived func(*image)   // is told each image; nil for nobody

	stop atomic.Bool
	quit chan struct{} // closed with stop
	done chan struct{} // closed when the image is made; nil when none is
	slow bool          // it is not worth waiting for
}

// step is a cell that can be undone.
type step struct {
	cell   int
	before *image // nil when there was no time to make one
}

// busy is implemented by engines that know whether goroutines of cells still run.
type busy interface{ Busy() bool }

// snapshotter is the plugin that can write values down; nil without one.
func (l *Local) snapshotter() plugin.Snapshotter {
	for _, p := range l.cfg.Plugins {
		if s, ok := p.(plugin.Snapshotter); ok {
			return s
		}
	}
	return nil
}

func (l *Local) repeatable() []string {
	if s := l.snapshotter(); s != nil {
		return s.Repeatable()
	}
	return nil
}

// wake ends the making of an image before a cell may change anything.
func (l *Local) wake() {
	k := &l.keep
	k.mu.Lock()
	done, slow := k.done, k.slow
	k.mu.Unlock()
	if done == nil {
		return
	}
	if !slow {
		select {
		case <-done:
		case <-time.After(patience):
		}
	}
	k.mu.Lock()
	if k.done == done && !k.stop.Swap(true) {
		close(k.quit)
	}
	k.mu.Unlock()
	<-done
}

// idle makes an image in the background if there is none of the present state.
func (l *Local) idle() {
	k := &l.keep
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running > 0 || k.now != nil || k.done != nil || l.ctx.Err() != nil {
		return
	}
	k.stop.Store(false)
	done, quit := make(chan struct{}), make(chan struct{})
	k.done, k.quit = done, quit
	wait := time.Duration(0)
	if k.slow {
		wait = debounce
	}
	go func() {
		defer close(done)
		l.makeImage(quit, wait)
		k.mu.Lock()
		k.done = nil
		k.mu.Unlock()
	}()
}

// makeImage makes the image of now. While goroutines of cells run, it makes one without values, and
// waits for their end.
func (l *Local) makeImage(quit <-chan struct{}, wait time.Duration) {
	k := &l.keep
	told := false
	for {
		select {
		case <-quit:
			return
		case <-time.After(wait):
		}
		running := l.goroutinesRun()
		if running && (told || wait < debounce) { // at first they may just be ending
			wait = min(max(2*wait, time.Millisecond), pollMost)
			continue
		}
		started := time.Now()
		im, err := guard(func() (*image, error) { return l.quickImage(started.Add(imageTime)) })
		k.mu.Lock()
		k.slow = running || err != nil || time.Since(started) > patience
		if err == nil && !running {
			k.now = im
		}
		arrived := k.arrived
		k.mu.Unlock()
		if err == nil && arrived != nil {
			arrived(im)
		}
		if !running || err != nil {
			return
		}
		told, wait = true, debounce
	}
}

// goroutinesRun says whether goroutines that cells have started still run.
func (l *Local) goroutinesRun() bool {
	b, ok := l.Engine().(busy)
	return ok && b.Busy()
}

// quickImage leaves out what would take too long.
func (l *Local) quickImage(deadline time.Time) (*image, error) {
	k := &l.keep
	until := func(t time.Time) func() error {
		return func() error {
			switch {
			case k.stop.Load():
				return errAborted
			case time.Now().After(t):
				return errSlow
			}
			return nil
		}
	}
	im, err := l.image(imageBytes, until(deadline), nil)
	if !errors.Is(err, errSlow) {
		return im, err
	}
	k.mu.Lock()
	last := k.last
	k.mu.Unlock()
	for _, v := range ofCells(l.Engine().Variables()) {
		_, err := l.image(imageBytes, until(time.Now().Add(probeTime)), func(other engine.Variable) bool { return other.Name == v.Name })
		if errors.Is(err, errAborted) {
			return nil, err
		}
		if err != nil {
			k.mu.Lock()
			k.heavy[v.Name] = last
			k.mu.Unlock()
		}
	}
	return l.image(imageBytes, until(time.Now().Add(imageTime)), nil)
}

// image writes the session down. Only variables that which accepts are in it, all for nil.
func (l *Local) image(limit int, stop func() error, which func(engine.Variable) bool) (*image, error) {
	k, s, eng := &l.keep, l.snapshotter(), l.Engine()
	k.mu.Lock()
	im := &image{Cell: k.last, Cells: k.decls.cells}
	repeats := map[string]int{}
	for _, c := range im.Cells {
		for _, p := range c.Spans {
			if p.Variable != "" && k.changed[p.Variable] < c.Number {
				repeats[p.Variable] = c.Number
			}
		}
	}
	heavy := func(v engine.Variable) bool {
		when, ok := k.heavy[v.Name]
		return ok && limit == imageBytes && which == nil && k.changed[v.Name] <= when && v.Cell <= when
	}
	running := l.goroutinesRun()
	w := newWritten(limit, stop)
	for _, v := range ofCells(eng.Variables()) {
		if which != nil && !which(v) {
			continue
		}
		one := saved{Name: v.Name, Cell: v.Cell}
		switch number, ok := repeats[v.Name]; {
		case ok && number == v.Cell:
			one.Repeat = true
		case !v.Value.CanAddr() || s == nil:
			one.Why = "its value cannot be read"
		case running:
			one.Why = stillRunning
		case heavy(v):
			one.Why = tooLarge
		}
		if v.Value.IsValid() && !one.Repeat {
			var err error
			if one.Type, one.Imports, err = typeSource(v.Type, v.Value.Type()); err != nil && one.Why == "" {
				one.Why = err.Error()
			}
		}
		if one.Why == "" && !one.Repeat {
			w.add(len(im.Variables), v.Value)
		}
		im.Variables = append(im.Variables, one)
	}
	k.mu.Unlock()
	return im, w.to(im, s)
}

// begins comes before whatever may change the session, and rest after it. It returns what was
// before, which is known unless other cells run beside it.
func (l *Local) begins() (before *image) {
	k := &l.keep
	k.mu.Lock()
	k.running++
	k.mu.Unlock()
	l.wake()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running > 1 {
		return nil
	}
	return k.now
}

func (l *Local) rest() {
	l.keep.mu.Lock()
	l.keep.running--
	l.keep.mu.Unlock()
	l.idle()
}

// touched says that code ran which belongs to no step: variables may have changed.
func (k *keeper) touched() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = nil
}

// note keeps what a cell has declared and may have changed. One that ran no code is no step.
func (k *keeper) note(number int, before *image, out *Outcome, calls []string) {
	if !out.changed {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last, k.now = number, nil
	for _, source := range out.ran {
		for name := range changedIn(source) {
			k.changed[name] = number
		}
		if c := (declaring{number, source, declared(source, calls...)}); len(c.Spans) > 0 {
			k.decls.keep(c)
			k.news = append(k.news, c)
		}
	}
	k.past = append(k.past, step{number, before})
	size := int64(0)
	for i := len(k.past) - 1; i >= 0; i-- {
		if k.past[i].before != nil {
			size += k.past[i].before.size()
		}
		if size > pastBytes || len(k.past)-i > pastSteps {
			k.past = append([]step(nil), k.past[i+1:]...) // the collector closes what is dropped
			break
		}
	}
}

// declarationsSince returns what was declared since it was last called, and whether that replaces
// all that was there.
func (k *keeper) declarationsSince() (cells []declaring, anew bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	cells, anew = k.news, k.anew
	if anew {
		cells = k.decls.cells
	}
	k.news, k.anew = nil, false
	return cells, anew
}

// back takes the last step off: what was before it.
func (k *keeper) back() (step, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.past) == 0 {
		return step{}, &MagicError{"%undo", "nothing is left to undo; %restore goes back to a checkpoint"}
	}
	s := k.past[len(k.past)-1]
	if s.before == nil {
		return s, &MagicError{"%undo", fmt.Sprintf("the state before In[%d] was not written down: the cell began right after the one before it, or goroutines were running; %%restore goes back to a checkpoint", s.cell)}
	}
	k.past = k.past[:len(k.past)-1]
	return s, nil
}

// forget is %reset: nothing is declared any more. It can be undone.
func (k *keeper) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.decls.cells, k.news, k.anew, k.now = nil, nil, true, nil
}
