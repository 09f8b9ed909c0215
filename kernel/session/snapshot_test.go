package session_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/kernel/session"
)

// life is a session with the real engine in a child.
type life struct {
	t *testing.T
	s *session.Supervisor
	n *notes
	i int
}

func live(t *testing.T) *life {
	n := &notes{wake: make(chan struct{}, 1)}
	l := &life{t: t, n: n, s: session.Supervise(session.Command(os.Args[0], realChild), n)}
	t.Cleanup(l.s.Close)
	return l
}

func (l *life) try(source string) session.Finished {
	l.i++
	return l.s.Run(context.Background(), session.Request{Number: l.i, Source: source})
}

func (l *life) run(source string) string {
	l.t.Helper()
	f := l.try(source)
	if f.Failure != nil {
		l.t.Fatalf("%s\n%s: %s", source, f.Failure.Name, f.Failure.Value)
	}
	for end := time.Now().Add(20 * time.Second); source[0] != '%' && !l.s.ImageAfter(l.i); {
		if runtime.Gosched(); time.Now().After(end) {
			l.t.Fatalf("%s: no snapshot follows", source)
		}
	}
	return text(f)
}

func (l *life) wants(source, want string) {
	l.t.Helper()
	if got := l.run(source); got != want {
		l.t.Errorf("%s: %s, want %s", source, got, want)
	}
}

// dies runs a cell that ends the process.
func (l *life) dies(source string) string {
	l.t.Helper()
	f := l.try(source)
	if f.Failure == nil || f.Failure.Name != "SessionError" {
		l.t.Fatalf("%s: %+v", source, f)
	}
	return f.Failure.Value
}

const people = `type Person struct {
	Name string
	Friend *Person
	age int
}
func (p Person) Greet() string { return fmt.Sprintf("%s is %d", p.Name, p.age) }`

func TestVariablesOutliveTheProcess(t *testing.T) {
	l := live(t)
	l.run(people)
	l.run(`ada := &Person{Name: "Ada", age: 36}
ada.Friend = ada
same := ada
all := map[string]*Person{"ada": ada}
who := fmt.Stringer(time.Duration(3))
var boxed any = *ada
n := 5
where := &n
when := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
err := fmt.Errorf("read: %w", io.EOF)
ch := make(chan int)
double := func(x int) int { return n * x }
big := make([]float64, 100_000)`)
	l.run(`func next() int { n++; return n }`)
	l.run(`big[7] = 1.5; next()`)
	l.run(`counter := func() func() int { k := 0; return func() int { k++; return k } }()`)
	said := l.dies(`syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}`)
	for _, want := range []string{"signal: killed", "Restored: ada, all, big, boxed, double, err, n, same, when, where, who.", "Lost: ch (a channel exists in one process only), counter (a function with variables of its own: k)."} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	l.wants(`ada.Greet()`, `"Ada is 36"`)
	l.wants(`ada == same && ada.Friend == ada && all["ada"] == ada`, "true")
	l.wants(`boxed.(Person).Greet()`, `"Ada is 36"`)
	l.wants(`next()`, "7")
	l.wants(`*where == n && where == &n`, "true")
	l.wants(`double(2)`, "14")
	l.wants(`who.String() + when.Format(time.DateOnly)`, `"3ns2026-11-21"`)
	l.wants(`errors.Is(err, io.EOF)`, "true")
	l.wants(`big[7]`, "1.5")
	// And once more.
	l.dies(`var mu sync.Mutex; mu.Unlock()`)
	l.wants(`next()`, "8")
	l.wants(`all["ada"].Friend.Greet()`, `"Ada is 36"`)
}

func TestRedeclaredTypesKeepTheirVariables(t *testing.T) {
	l := live(t)
	l.run("type T struct{ A int }\nfunc (t T) Old() int { return t.A }")
	l.run("old := T{1}")
	l.run("type T struct{ A, B int }")
	l.run("young := T{1, 2}")
	l.dies("os.Stderr.Close(); syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	l.wants("old.Old()", "1")
	l.wants("young.B", "2")
}

func TestDeathBetweenCells(t *testing.T) {
	l := live(t)
	l.run("x := 42")
	var pid int
	fmt.Sscan(l.run("os.Getpid()"), &pid)
	syscall.Kill(pid, syscall.SIGKILL)
	l.wants("x", "42")
	if said := l.n.take(); !strings.Contains(said, "between two cells (signal: killed)") || !strings.Contains(said, "Restored: x.") {
		t.Errorf("said %q", said)
	}
	l.wants("x", "42")
}

func TestGoroutinesThatRunAreNotRaced(t *testing.T) {
	l := live(t)
	l.run("m := map[int]int{}\nstop := make(chan bool)\ndone := make(chan bool)")
	l.run("go func() { for { select { case <-stop: close(done); return; default: m[len(m)%1000]++ } } }()")
	said := l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	if !strings.Contains(said, "m (goroutines of cells were running)") {
		t.Error(said)
	}
}

func TestUndo(t *testing.T) {
	l := live(t)
	l.run(people)
	l.run(`p := Person{Name: "Ada"}; list := []int{1}; ch := make(chan int, 1)`)
	l.run(`func f() int { return len(list) }`)
	l.run("p.Name = \"Bob\"\nlist = append(list, 2)\nvar extra int\ntype Person string\nfunc f() int { return -1 }")
	l.wants("f()", "-1")
	l.run("%undo") // f()
	l.run("%undo")
	l.wants(`p.Name + fmt.Sprint(f())`, `"Ada1"`)
	l.wants(`ch <- 1; len(ch)`, "1")
	if f := l.try("extra"); f.Failure == nil {
		t.Error("extra is still declared")
	}
	l.wants(`Person{Name: "x"}.Greet()`, `"x is 0"`)
	l.dies(`syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}`)
	l.wants(`p.Name`, `"Ada"`)
	first := live(t)
	first.run("x := 1")
	first.run("%undo")
	if f := first.try("x"); f.Failure == nil {
		t.Error("x is still there")
	}
	if f := first.try("%undo"); f.Failure == nil || !strings.Contains(f.Failure.Value, "nothing is left to undo") {
		t.Error(f.Failure)
	}
	first.run("y := 2")
	first.run("%reset")
	first.run("%undo")
	first.wants("y", "2")
}

func TestCheckpoint(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := live(t)
	l.run(people)
	l.run(`p := &Person{Name: "Ada"}; n := 1`)
	l.run("%checkpoint first")
	l.run(`p.Name = "Bob"; n = 2`)
	l.run("%restore first")
	l.wants(`p.Name + fmt.Sprint(n)`, `"Ada1"`)
	other := live(t)
	other.n.take()
	other.run("%restore")
	if said := other.n.take(); !strings.Contains(said, "first") {
		t.Errorf("the list is %q", said)
	}
	other.run("%restore first")
	if said := other.n.take(); !strings.Contains(said, "Restored: n, p.") {
		t.Errorf("said %q", said)
	}
	other.wants(`p.Greet() + fmt.Sprint(n)`, `"Ada is 01"`)
	for _, cell := range []string{"%restore none", "%checkpoint ../x", "%restore ../x"} {
		if f := other.try(cell); f.Failure == nil || f.Failure.Name != "MagicError" {
			t.Errorf("%s: %+v", cell, f.Failure)
		}
	}
}

// The words of kernel and session are in the language that was chosen, in the next process too.
func TestLanguageOutlivesTheProcess(t *testing.T) {
	l := live(t)
	l.run("x := 1")
	l.try("%lang zh")
	t.Cleanup(func() { l.try("%lang en") }) // the supervisor speaks in this process
	if said := l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}"); !strings.Contains(said, "会话进程在 In[3] 中结束") || !strings.Contains(said, "已恢复：x。") {
		t.Error(said)
	}
	l.try("%help")
	if said := l.n.take(); !strings.Contains(said, "%undo") || !strings.Contains(said, "恢复到上一个单元格之前") {
		t.Error(said)
	}
	if f := l.try("%hepl"); f.Failure == nil || !strings.Contains(f.Failure.Value, "您是否想写 %help？") {
		t.Errorf("%+v", f.Failure)
	}
	if f := l.try("fmt.Printn(1)"); f.Failure == nil || !strings.Contains(strings.Join(f.Failure.Traceback, ""), "您是否想写 fmt.Print") {
		t.Errorf("%+v", f.Failure)
	}
	if f := l.try("%lang fr"); f.Failure == nil || !strings.Contains(f.Failure.Value, "en, zh") {
		t.Errorf("%+v", f.Failure)
	}
}

func TestRaySessionEndsWithItsProcess(t *testing.T) {
	l := live(t)
	l.run("_, err := ray.Init(ray.Config{NumCPUs: 1, DashboardPort: -1})")
	l.run("func sq(x int) int { return x * x }")
	l.run("square := ray.Remote[int](sq)\nref := square.Remote(3)\nv := ray.Must(ray.Get(ref))\nvar boxed any = ref")
	l.run("v = 0")
	l.run("%undo")
	l.wants("v + ray.Must(ray.Get(ref)) + ray.Must(ray.Get(square.Remote(1)))", "19") // undone beside a living cluster
	said := l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	const why = " (it belongs to the Ray session, which ends with its process)"
	for _, want := range []string{"Restored: err, square, v.", "Lost: boxed" + why + ", ref" + why + "."} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	l.run("ray.Init(ray.Config{NumCPUs: 1, DashboardPort: -1})")
	l.wants("ray.Must(ray.Get(square.Remote(v)))", "81")
}

func TestWhatIsTooLargeIsKeptByACheckpoint(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	l := live(t)
	l.run("big := make([]float64, 10_000_000)\nbig[9] = 9\nx := 1")
	l.run("%checkpoint big")
	l.n.saw(t, "2 variables")
	said := l.dies("syscall.Kill(os.Getpid(), syscall.SIGKILL); select {}")
	if !strings.Contains(said, "Lost: big (too large to keep; %checkpoint saves it).") {
		t.Error(said)
	}
	l.run("%restore big")
	l.wants("big[9]", "9")
}

func BenchmarkRoundTrip(b *testing.B) {
	for name, setup := range map[string]string{"empty": "", "vectors-40MB": "v := make([]float64, 5_000_000)", "map-1M": "m := map[int]string{}; for i := range 1_000_000 { m[i] = \"x\" }"} {
		b.Run(name, func(b *testing.B) {
			s := session.Supervise(session.Command(os.Args[0], realChild), &notes{wake: make(chan struct{}, 1)})
			defer s.Close()
			if setup != "" {
				s.Run(b.Context(), session.Request{Number: 1, Source: setup})
			}
			for b.Loop() {
				f := s.Run(b.Context(), session.Request{Number: 2, Source: "1+1"})
				if f.Failure != nil {
					b.Fatal(f.Failure)
				}
			}
		})
	}
}
