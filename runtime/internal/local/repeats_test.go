package local

import (
	"strings"
	"testing"
	"time"
)

func TestRepeats(t *testing.T) {
	var out strings.Builder
	r := newRepeats(func() bool { return false })
	now := time.Now()
	one, two := &task{}, &task{}
	say := func(prefix, text string, from speech) {
		if r.admit(prefix, text, from, now, func(s string) { out.WriteString(s) }) {
			out.WriteString(prefix + text + "\n")
		}
	}
	want := func(lines ...string) {
		t.Helper()
		if got := strings.Join(lines, "\n") + "\n"; out.String() != got {
			t.Errorf("%q, want %q", out.String(), got)
		}
		out.Reset()
	}
	for range 3 { // a task that repeats itself
		say("(f pid=1) ", "tick", speech{pid: 1, task: one})
	}
	want("(f pid=1) tick", "(f pid=1) tick", "(f pid=1) tick")
	for range 19 {
		say("(f pid=2) ", "tick", speech{pid: 2, task: two})
	}
	say("(g pid=2) ", "tock", speech{pid: 2, task: two})
	want("(g pid=2) tock")
	now = now.Add(repeatWindow)
	say("(f pid=1) ", "tick", speech{pid: 1, task: one})
	want("(f pid=2) tick [repeated 19×]", "(f pid=1) tick")
	say("(f pid=1) ", "tick", speech{pid: 1, task: one, shift: true}) // several tasks at once
	say("(a pid=3) ", "", speech{pid: 3})
	say("(a pid=4) ", "", speech{pid: 4})
	want("(a pid=3) ", "(a pid=4) ")
	r.close()
	want("(f pid=1) tick")
	for i := range 2 * maxRepeats {
		r.admit("", strings.Repeat("x", i+1), speech{}, now, nil)
	}
	if len(r.order) > maxRepeats || len(r.lines) != len(r.order) {
		t.Error(len(r.order), len(r.lines))
	}
}
