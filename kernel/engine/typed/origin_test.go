package typed

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// TestRunsAreForgotten: a run is remembered as long as a goroutine of it may call, and no longer.
func TestRunsAreForgotten(t *testing.T) {
	count := func() (n int) {
		runs.entries.Range(func(any, any) bool { n++; return true })
		return n
	}
	s := newSession(t, engine.Config{})
	execute := func(n int, source string) {
		t.Helper()
		if _, err := s.Execute(t.Context(), engine.Cell{Number: n, Source: source}); err != nil {
			t.Fatal(err)
		}
	}
	// until waits for the collector.
	until := func(what string, is func() bool) {
		t.Helper()
		for begun := time.Now(); !is(); {
			if time.Since(begun) > 30*time.Second {
				t.Fatalf("%s: %d runs", what, count())
			}
			runtime.GC()
			runtime.Gosched()
		}
	}
	until("at first", func() bool { return count() < 20 })
	before := count()
	// One that goes on, in compiled code, and calls interpreted code later.
	execute(1, "import (\"sync\"; \"time\")\nvar late sync.WaitGroup\nlate.Add(1)\nvar calls int\ntimer := time.AfterFunc(time.Hour, func() { calls++; late.Done() })")
	for i := range 200 {
		execute(i+2, fmt.Sprint("x := ", i))
	}
	until("after 200 cells", func() bool { return count() <= before+5 })
	execute(300, "timer.Reset(0)\nlate.Wait()")
	execute(301, "if calls != 1 { panic(calls) }")
}
