package viz

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a Screen that remembers.
type recorder struct {
	mu     sync.Mutex
	events []string
	ids    map[string]bool
	done   int
}

func (r *recorder) note(kind, id string, bundle map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ids == nil {
		r.ids = map[string]bool{}
	}
	r.ids[id] = true
	r.events = append(r.events, fmt.Sprint(kind, " ", bundle["text/plain"]))
}

func (r *recorder) Display(id string, b map[string]any) { r.note("display", id, b) }
func (r *recorder) Update(id string, b map[string]any)  { r.note("update", id, b) }
func (r *recorder) Done(string)                         { r.done++ }

func TestLiveThrottles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		defer SetScreen(r)()
		live := NewLive()
		for i := range 1000 { // a second of updates
			live.Update(Note(fmt.Sprint(i)))
			time.Sleep(time.Millisecond)
		}
		live.Update(Note("last"))
		live.Close()
		live.Close()
		live.Update(Note("too late"))
		if n := len(r.events); n < 10 || n > 12 {
			t.Errorf("%d updates in a second: %v", n, r.events)
		}
		if r.events[0] != "display 0" || r.events[len(r.events)-1] != "update last" {
			t.Errorf("first and last: %v", r.events)
		}
		if len(r.ids) != 1 || r.ids[""] || r.done != 1 {
			t.Errorf("ids %v, done %d", r.ids, r.done)
		}
	})
}

func TestLiveLastArrivesWithoutClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		defer SetScreen(r)()
		live := NewLive()
		live.Update(Note("a"))
		live.Update(Note("b"))
		live.Update(Note("c"))
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(r.events, ", "); got != "display a, update c" {
			t.Error(got)
		}
	})
}

type bomb struct{}

func (bomb) MIMEBundle() map[string]any { panic("boom") }

func TestRendererPanics(t *testing.T) {
	r := &recorder{}
	defer SetScreen(r)()
	Show(bomb{})
	Show(nil)
	if len(r.events) != 2 || !strings.Contains(r.events[0], "viz.bomb panicked while rendering: boom") {
		t.Error(r.events)
	}
}

func TestSetScreenRestores(t *testing.T) {
	a, b := &recorder{}, &recorder{}
	restoreA := SetScreen(a)
	restoreB := SetScreen(b)
	Show(Note("b"))
	restoreB()
	restoreB()
	Show(Note("a"))
	restoreA()
	if len(a.events) != 1 || len(b.events) != 1 {
		t.Error(a.events, b.events)
	}
}

func TestTerminal(t *testing.T) {
	bundle := func(s string) map[string]any { return map[string]any{"text/plain": s} }
	for _, c := range []struct {
		name string
		live bool
		want string
	}{
		{"pipe", false, "x\nc\nz\n"},
		{"terminal", true, "x\na\n\x1b[1A\r\x1b[Jb\nb2\n\x1b[2A\r\x1b[Jc\nz\n"},
	} {
		var out bytes.Buffer
		term := NewTerminal(&out)
		term.SetLive(c.live)
		term.Display("", bundle("x"))
		term.Display("1", bundle("a"))
		term.Update("1", bundle("b\nb2"))
		term.Update("1", bundle("c"))
		term.Done("1")
		term.Display("", bundle("z"))
		term.Flush()
		if out.String() != c.want {
			t.Errorf("%s: %q, want %q", c.name, out.String(), c.want)
		}
	}
}

func TestTerminalDoesNotOverwriteOthers(t *testing.T) {
	var out bytes.Buffer
	term := NewTerminal(&out)
	term.SetLive(true)
	term.Display("1", map[string]any{"text/plain": "a"})
	term.Flush() // somebody prints
	term.Update("1", map[string]any{"text/plain": "b"})
	if strings.Contains(out.String(), "\x1b[1A") {
		t.Errorf("%q", out.String())
	}
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		defer SetScreen(r)()
		p := NewProgress("reading")
		p.Set("parquet", 0, 2_700_000, "")
		p.Set("unknown total", 12, 0, "warming up")
		time.Sleep(2 * time.Second)
		p.Set("parquet", 1_350_000, 2_700_000, "8 blocks")
		p.Close()
		golden(t, "progress.txt", r.events[len(r.events)-1])
	})
}

func TestSetColumns(t *testing.T) {
	defer SetColumns(0)
	SetColumns(30)
	narrow := NewTable([]string{"a"}, [][]any{{strings.Repeat("x", 60)}}).MIMEBundle()["text/plain"].(string)
	SetColumns(0)
	wide := NewTable([]string{"a"}, [][]any{{strings.Repeat("x", 60)}}).MIMEBundle()["text/plain"].(string)
	if len(narrow) >= len(wide) || strings.Contains(narrow, strings.Repeat("x", 31)) {
		t.Errorf("%q", narrow)
	}
}

// keeper is a Screen that keeps the bundles.
type keeper struct{ bundles []map[string]any }

func (k *keeper) Display(_ string, b map[string]any) { k.bundles = append(k.bundles, b) }
func (k *keeper) Update(_ string, b map[string]any)  { k.bundles = append(k.bundles, b) }

func TestLiveDrawsThePNGOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keeper{}
		defer SetScreen(k)()
		live := NewLive()
		for i := range 5 {
			live.Update(Lines("loss", []Series{{Y: make([]float64, i+1)}}))
			time.Sleep(time.Second)
		}
		live.Close()
		for i, b := range k.bundles {
			if has := b["image/png"] != nil; has != (i == len(k.bundles)-1) || b["image/svg+xml"] == nil {
				t.Errorf("bundle %d of %d: PNG %v", i, len(k.bundles), has)
			}
		}
		if len(k.bundles) != 6 {
			t.Errorf("%d bundles", len(k.bundles))
		}
	})
}
