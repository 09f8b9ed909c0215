package ray

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// viewPeriod is how often a live panel looks, and viewLife for how long: nobody tells the kernel
	// that a page was closed.
	viewPeriod = time.Second
	viewLife   = 30 * time.Minute
)

// LiveScreen shows a bundle in an output of its own and returns a function that replaces it, also
// after the cell has ended. nil means that this screen cannot do that.
type LiveScreen func(bundle map[string]any) (update func(bundle map[string]any))

var (
	liveScreen atomic.Pointer[LiveScreen]
	following  struct {
		sync.Mutex
		end    chan struct{} // of the panel that lives; nil when none does
		done   chan struct{}
		forget func() // the end of the session, at which it ends, too
	}
)

// SetLiveScreen says where values that go on changing are shown; nil: nowhere, they are shown as they
// are. The notebook's plugin calls it.
func SetLiveScreen(s LiveScreen) {
	if s == nil {
		liveScreen.Store(nil)
		stopFollowing()
		return
	}
	liveScreen.Store(&s)
}

// ShowLive shows the view in an output that goes on changing, where the session can do that, and
// reports whether it did. Of several panels the newest lives.
func (v *ClusterView) ShowLive() bool {
	screen, s := liveScreen.Load(), currentSession()
	if screen == nil || v.gauger == nil || s == nil {
		return false
	}
	stopFollowing()
	update := (*screen)(v.MIMEBundle())
	if update == nil {
		return false
	}
	following.Lock()
	defer following.Unlock()
	end, done := make(chan struct{}), make(chan struct{})
	following.end, following.done = end, done
	view := *v // the cell's own value stays as it is
	go func() {
		defer close(done)
		view.follow(update, end)
	}()
	following.forget = s.onShutdown(func() {
		following.Lock()
		own := following.done == done
		following.Unlock()
		if own {
			stopFollowing()
		}
	})
	return true
}

// stopFollowing ends the panel that lives, and waits for that.
func stopFollowing() {
	following.Lock()
	end, done, forget := following.end, following.done, following.forget
	following.end, following.done, following.forget = nil, nil, nil
	following.Unlock()
	if end != nil {
		close(end)
		<-done
		forget()
	}
}

// follow looks until end is closed. What has not changed is not sent.
func (v *ClusterView) follow(update func(map[string]any), end <-chan struct{}) {
	tick := time.NewTicker(viewPeriod)
	defer tick.Stop()
	last, until := v.key(), time.Now().Add(viewLife)
	for {
		select {
		case <-end:
			v.look() // what stays is how it was at the end
			update(v.MIMEBundle())
			return
		case <-tick.C:
		}
		if v.look(); v.key() != last {
			last = v.key()
			update(v.MIMEBundle())
		}
		if time.Now().After(until) {
			return
		}
	}
}

// key is what makes a difference to who looks: not the time, and not a cluster at rest whose machine
// does something else.
func (v *ClusterView) key() string {
	still := *v
	still.Time = time.Time{}
	if v.Running == 0 {
		still.CPU, still.MemoryUsed = nil, 0
	}
	return still.String()
}
