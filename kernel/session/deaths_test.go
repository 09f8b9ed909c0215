package session_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/session"
)

// Whatever ends the process in which cells run is told with the cell and the cause; the next process
// has what can be written down, and says what it has not.
func TestDeaths(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the words of the causes are Linux's")
	}
	for name, c := range map[string]struct{ cell, says string }{
		"concurrent map writes":    {"m := map[int]int{}\nfor range 8 { go func() { for { m[1]++ } }() }\nselect {}", "fatal error: concurrent map"},
		"a stack of compiled code": {"loop := []any{nil}\nloop[0] = loop\nfmt.Sprint(loop)", "stack"},
		"an exit of compiled code": {"f := flag.NewFlagSet(\"x\", flag.ExitOnError)\nf.Parse([]string{\"-no\"})", "exit status 2"},
		"kill -9":                  {"syscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}", "signal: killed"},
		"SIGSEGV from outside":     {"syscall.Kill(os.Getpid(), syscall.SIGSEGV)\nselect {}", "SIGSEGV: segmentation violation"},
		"SIGABRT":                  {"syscall.Kill(os.Getpid(), syscall.SIGABRT)\nselect {}", "SIGABRT: abort"},
		"SIGTERM":                  {"syscall.Kill(os.Getpid(), syscall.SIGTERM)\nselect {}", "signal: terminated"},
		"a wild pointer":           {"import \"unsafe\"\np := (*int)(unsafe.Pointer(uintptr(0xdead000)))\n*p = 1", "fatal error: fault"},
		"a lock twice unlocked":    {"var mu sync.Mutex\nmu.Unlock()", "fatal error: sync: unlock of unlocked mutex"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := live(t)
			l.run("func kept() int { return 40 }")
			l.run("x, ch := 2, make(chan int)")
			said := l.dies(c.cell)
			for _, want := range []string{"ended in In[3] (", c.says, "Restored: x.", "Lost: ch (a channel exists in one process only)."} {
				if !strings.Contains(said, want) {
					t.Errorf("no %q in\n%s", want, said)
				}
			}
			l.wants("kept() + x", "42")
		})
	}
}

// What a cell of Go can do without ending its process is an error of the cell.
func TestContainedEnds(t *testing.T) {
	l := live(t)
	l.run("x := 1")
	pid := l.run("os.Getpid()")
	for cell, says := range map[string]string{
		"func f(n int) int { return f(n+1) + 1 }; f(0)": "stack overflow",
		"os.Exit(3)":                             "os.Exit(3)",
		"log.Fatal(\"no\")":                      "os.Exit(1)",
		"var m map[string]int; m[\"a\"] = 1":     "nil map",
		"make(chan int, 1<<62)":                  "size out of range",
		"make([]int, x-2)":                       "len out of range",
		"runtime.Goexit()":                       "Goexit",
		"var p *struct{ n int }; p.n":            "nil pointer",
		"panic(fmt.Sprint(\"own \", \"words\"))": "own words",
	} {
		if f := l.try(cell); f.Failure == nil || f.Failure.Name == "SessionError" || !strings.Contains(f.Failure.Value, says) {
			t.Errorf("%s: %+v", cell, f.Failure)
		}
	}
	l.wants("os.Getpid()", pid)
}

// A cell that takes memory without end is stopped while its variables are still there; one that
// cannot be stopped ends its process, which does not take the machine with it.
func TestMemoryLimit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the memory of a process is in Linux's /proc")
	}
	t.Setenv(session.EnvMemoryLimit, "500MB")
	l := live(t)
	l.run("x := 7")
	l.run("var all [][]byte")
	f := l.try("for { all = append(all, bytes.Repeat([]byte{1}, 1<<20)) }")
	if f.Failure == nil || f.Failure.Name != "MemoryError" || !strings.Contains(f.Failure.Value, "of at most 500 MB") {
		t.Fatalf("%+v", f.Failure)
	}
	l.wants("len(all) > 100", "true")
	l.run("all = nil; runtime.GC()")
	if f := l.try("%memory"); f.Failure != nil || !strings.Contains(l.n.take(), "of at most 500 MB") {
		t.Errorf("%+v", f.Failure)
	}
	eventually(t, "goroutines of the stopped cell still run", func() bool { return l.s.Whole(l.i - 1) })
	// The runtime does not look up while it copies.
	said := l.dies("big := make([]byte, 3<<30)\ncopy(big[1:], big)")
	if !strings.Contains(said, "ended in In[") || !strings.Contains(said, "memory limit: it held ") || !strings.Contains(said, "Restored: all, x.") {
		t.Error(said)
	}
	l.wants("x", "7")
	l.run("%memory 2GB")
	l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	l.n.take()
	l.run("%memory")
	if said := l.n.take(); !strings.Contains(said, "of at most 2.0 GB") {
		t.Errorf("the next process says %q", said)
	}
	if f := l.try("%memory much"); f.Failure == nil || !strings.Contains(fmt.Sprint(f.Failure), "write 8GB") {
		t.Errorf("%+v", f.Failure)
	}
}
