package native

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestReplaced starts a call that would be interpreted for long: when its native form has been
// compiled, it is started again there. The error tells the process that it ended in.
func TestReplaced(t *testing.T) {
	s := open(t)
	s.run("func ready() int { return 1 }\n_ = ray.Must(ray.Get(ray.Remote[int](ready).Options(ray.Native).Remote()))") // with all that is made once
	s.run(fmt.Sprintf("func spin(n int) (s int, err error) { const unique = %d; for i := range n { s += i %% 7 }; return s + unique*0, fmt.Errorf(\"it is %%d\", s) }\n_, err := ray.Get(ray.Remote[int](spin).Remote(700_000_000))\nvar te *ray.TaskError\n_ = errors.As(err, &te)\nname, _ := os.ReadFile(fmt.Sprint(\"/proc/\", te.PID, \"/cmdline\"))", time.Now().UnixNano()))
	if got := s.run("fmt.Sprint(errors.Unwrap(te), \" \", strings.Trim(string(name), \"\\x00\"))"); got != "it is 2100000000 ray::spin" {
		t.Errorf("%s; %s", got, s.run("ray.NativeStatus()"))
	}
}

// TestSwapped calls a function until it is native, and redefines it: new calls use the new one.
func TestSwapped(t *testing.T) {
	s := open(t)
	s.run("func pid(n int) int { return os.Getpid() }\nf := ray.Remote[int](pid)\nfirst := ray.Must(ray.Get(f.Options(ray.Interpreted).Remote(1)))")
	s.run("_ = ray.WaitNative(context.Background())\nsecond := ray.Must(ray.Get(f.Remote(1)))")
	if out := s.run("fmt.Sprint(first != second)"); out != "true" {
		t.Errorf("the function does not run in a process of its own: %s; %s", out, s.run("ray.NativeStatus()"))
	}
}

// TestRedefined redefines what a native function calls.
func TestRedefined(t *testing.T) {
	s := open(t)
	s.run("func version(n int) string { return fmt.Sprint(\"one\", n) }\nfunc caller(n int) string { return version(n) + \"!\" }")
	s.run("old := ray.Remote[string](caller).Options(ray.Native)\nbefore := ray.Must(ray.Get(old.Remote(1)))")
	s.run("func version(n int) string { return fmt.Sprint(\"two\", n) }")
	s.run("after := ray.Must(ray.Get(ray.Remote[string](caller).Options(ray.Native).Remote(2)))")
	if got := s.run("fmt.Sprint(before, \" \", after, \" \", ray.Must(ray.Get(old.Remote(3))))"); got != "one1! two2! one3!" {
		t.Error(got)
	}
}

// TestCaptures keeps the values of each closure apart, and those of session variables.
func TestCaptures(t *testing.T) {
	s := open(t)
	s.run("base := 1\nvar refs []ray.ObjectRef[int]\nfor i := range 6 { base = 100 * i; refs = append(refs, ray.Remote[int](func(n int) int { return base + 10*i + n }).Options(ray.Native).Remote(5)) }\nbase = -1")
	if got := s.run("ray.Must(ray.GetAll(refs))"); got != "[5 115 225 335 445 555]" {
		t.Error(got)
	}
}

// TestLargeValues gives and takes values that lie in shared memory.
func TestLargeValues(t *testing.T) {
	s := open(t)
	s.run("func grow(l []float64) []float64 { out := make([]float64, 2*len(l)); copy(out, l); out[len(l)] = l[len(l)-1]; return out }\ng := ray.Remote[[]float64](grow).Options(ray.Native)\nl := make([]float64, 200_000)\nl[199_999] = 7")
	s.run("r := g.Remote(g.Remote(ray.Put(l)))\nv := ray.Must(ray.Get(r))")
	if got := s.run("fmt.Sprint(len(v), v[200_000], v[199_999], v[400_000])"); got != "800000 7 7 0" {
		t.Error(got)
	}
}

// TestEnds lets native functions be cancelled, exit, and be killed: to the session they are workers.
func TestEnds(t *testing.T) {
	s := open(t)
	s.run(`func forever() int { n := 0; for { n++ }; return n }
func waits(ctx context.Context) (int, error) { <-ctx.Done(); return 1, ctx.Err() }
func exits(n int) int { os.Exit(n); return 0 }
func kills() int { p, _ := os.FindProcess(os.Getpid()); p.Kill(); select {} }
func fatal() int { m := map[int]int{}; for range 4 { go func() { for { m[1]++ } }() }; for { m[2]++ } }
func fine(n int) int { return n + 1 }
func cause(r ray.ObjectRef[int]) string { _, err := ray.Get(r); if err != nil { fmt.Println(err) }; return fmt.Sprint(errors.Is(err, ray.ErrTaskCancelled), errors.Is(err, ray.ErrWorkerCrashed)) }
ok := ray.Remote[int](fine).Options(ray.Native)
_ = ray.Must(ray.Get(ok.Remote(1)))`)
	for _, c := range []struct{ name, call, want string }{
		{"a function that does not look at its context", "a := ray.Remote[int](forever).Options(ray.Native).Remote()\n_, _, _ = ray.Wait([]ray.ObjectRef[int]{a}, ray.Timeout(2*time.Second))\n_ = ray.Cancel(a)\ncause(a)", "true false"},
		{"a function that looks at its context", "b := ray.Remote[int](waits).Options(ray.Native).Remote()\n_, _, _ = ray.Wait([]ray.ObjectRef[int]{b}, ray.Timeout(2*time.Second))\n_ = ray.Cancel(b)\ncause(b)", "true false"},
		{"os.Exit", "cause(ray.Remote[int](exits).Options(ray.Native, ray.MaxRetries(0)).Remote(3))", "false true"},
		{"os.Exit, interpreted", "cause(ray.Remote[int](exits).Options(ray.Interpreted, ray.MaxRetries(0)).Remote(3))", "false true"},
		{"a signal", "cause(ray.Remote[int](kills).Options(ray.Native, ray.MaxRetries(0)).Remote())", "false true"},
		{"a fatal error", "cause(ray.Remote[int](fatal).Options(ray.Native, ray.MaxRetries(0)).Remote())", "false true"},
	} {
		if got := s.run(c.call); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := s.run("ray.Must(ray.Get(ok.Remote(41)))"); got != "42" {
			t.Errorf("after %s: %s", c.name, got)
		}
	}
}

// TestWithoutToolchain keeps functions interpreted, and says why.
func TestWithoutToolchain(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s := open(t)
	s.run("func half(n int) int { return n / 2 }\nh := ray.Remote[int](half)")
	if got := s.run("fmt.Sprint(ray.Must(ray.Get(h.Remote(84))), ray.Must(ray.Get(h.Options(ray.Native).Remote(82))))"); got != "42 41" {
		t.Error(got)
	}
	if out := s.run("ray.NativeStatus()"); !strings.Contains(out, "interpreted") || !strings.Contains(out, "install Go") {
		t.Error(out)
	}
}

// TestRefused lists what stays interpreted, with the reason.
func TestRefused(t *testing.T) {
	s := open(t)
	s.run("count := map[string]int{}\nfunc tally(k string) int { count[k]++; return count[k] }\ntotal := 0\nfunc add(n int) int { total += n; return total }")
	s.run("r1, r2, r3 := ray.Remote[int](tally), ray.Remote[int](add), ray.Remote[int](func() (int, error) { n, err := data.Range(3).Limit(2).Count(); return int(n), err })")
	s.run("_ = ray.WaitNative(context.Background())")
	out := s.run("ray.NativeStatus()")
	for _, why := range []string{"changes the captured variable count", "changes the captured variable total", "of the package github.com/goray/goray/ailib/data"} {
		if !strings.Contains(out, why) {
			t.Errorf("%q is missing in\n%s", why, out)
		}
	}
}

// TestNatively replaces functions of the session by their native forms: values, errors, panics and
// contexts stay what they were, a redefinition is interpreted again, and tasks of it still ship.
func TestNatively(t *testing.T) {
	s := open(t)
	s.run(`type NotFound struct{ Key string }
func (e *NotFound) Error() string { return "no " + e.Key }
func pid() int { return os.Getpid() }
func find(k string, more ...int) (string, int, error) { if k == "" { return "", 0, &NotFound{k} }; return k, len(more), nil }
func breaks(n int) int { if n > 2 { panic(&NotFound{"n"}) }; return n }
func texts() { panic("text") }
func ended(ctx context.Context) bool { return ctx.Err() != nil }
func caller() int { return pid() }
func caught(f func()) (v any) { defer func() { v = recover() }(); f(); return nil }
_ = errors.Join(ray.Natively(pid), ray.Natively(find), ray.Natively(breaks), ray.Natively(texts), ray.Natively(ended))`)
	for _, c := range [][2]string{
		{"pid() != os.Getpid()", "true"},
		{"caller() == pid()", "true"},
		{"fmt.Sprint(find(\"x\", 1, 2))", "x2 <nil>"},
		{"{ _, _, err := find(\"\"); var nf *NotFound; fmt.Sprint(errors.As(err, &nf)) }", ""},
		{"func() bool { _, _, err := find(\"\"); _, ok := err.(*NotFound); return ok }()", "true"},
		{"breaks(1)", "1"},
		{"fmt.Sprintf(\"%T\", caught(func() { breaks(3) }))", "*main.NotFound"},
		{"fmt.Sprint(caught(texts))", "text"},
		{"ended(context.Background())", "false"},
		{"ray.Must(ray.Get(ray.Remote[int](breaks).Remote(2)))", "2"},
	} {
		if got := s.run(c[0]); got != c[1] {
			t.Errorf("%s = %s, want %s", c[0], got, c[1])
		}
	}
	s.run("func pid() int { return -1 }")
	if got := s.run("fmt.Sprint(pid(), caller())"); got != "-1 -1" {
		t.Errorf("after a redefinition: %s", got)
	}
	if got := s.run("fmt.Sprint(ray.Natively(3))"); !strings.Contains(got, "not a function") {
		t.Error(got)
	}
	if got := s.run("fmt.Sprint(ray.Natively(func() int { return 1 }))"); !strings.Contains(got, "not declared by its name") {
		t.Error(got)
	}
}

// TestOwnActors makes queues, semaphores and barriers in native functions: their actors are those of
// the main program.
func TestOwnActors(t *testing.T) {
	s := open(t)
	s.run(`func lines(n int) (int, error) {
	q := ray.NewQueue[int](n)
	for i := range n { if err := q.Put(i * i); err != nil { return 0, err } }
	t := 0
	for range n { v, err := q.Get(); if err != nil { return 0, err }; t += v }
	s := ray.NewSemaphore(2)
	if err := s.Acquire(1); err != nil { return 0, err }
	return t, s.Release(1)
}`)
	for _, tier := range []string{"Interpreted", "Native"} {
		if got, err := s.try("ray.Must(ray.Get(ray.Remote[int](lines).Options(ray." + tier + ").Remote(5)))"); got != "30" {
			t.Errorf("%s: %s %v", tier, got, err)
		}
	}
	if out := s.run("ray.NativeStatus()"); !strings.Contains(out, " native ") {
		t.Error(out)
	}
}
