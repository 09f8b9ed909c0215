package native

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEnvironments runs functions and actors of cells in environments of their own, in both tiers: with
// variables and in a copy of a directory.
func TestEnvironments(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("data.txt", "first")
	write("secret.txt", "no")
	write(".gitignore", "secret.txt\n")
	t.Setenv("GORAY_TEST_PLACE", "driver")
	s := openWith(t, `ray.Config{NumCPUs: 2, DashboardPort: -1, RuntimeEnv: &ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_PLACE": "job", "GORAY_TEST_JOB": "yes"}}}`)
	s.run("dir := " + strconv.Quote(dir) + `
func place() string {
	data, err := os.ReadFile("data.txt")
	_, missing := os.Stat("secret.txt")
	return fmt.Sprint(os.Getenv("GORAY_TEST_PLACE"), " ", os.Getenv("GORAY_TEST_JOB"), " ", string(data), " ", err != nil, errors.Is(missing, fs.ErrNotExist))
}
func nested() (string, error) { return ray.Get(ray.Remote[string](place).Remote()) }
type Guest struct{ n int }
func NewGuest() *Guest { return &Guest{} }
func (g *Guest) Place() string { g.n++; return fmt.Sprint(g.n, " ", place()) }
env := ray.InRuntimeEnv(ray.RuntimeEnv{EnvVars: map[string]string{"GORAY_TEST_PLACE": "own"}, WorkingDir: dir})`)
	for _, tier := range []string{"Interpreted", "Native"} {
		for call, want := range map[string]string{
			"ray.Remote[string](place).Options(ray." + tier + ").Remote()":                                                           "job yes  true true",
			"ray.Remote[string](place).Options(ray." + tier + ", env).Remote()":                                                      "own yes first false true",
			"ray.Remote[string](nested).Options(ray." + tier + ", env).Remote()":                                                     "own yes first false true",
			"ray.Call[string](ray.Actor[Guest](NewGuest).Options(ray." + tier + ", env).Remote(), (*Guest).Place)":                   "1 own yes first false true",
			"ray.Call[string](ray.Actor[Guest](NewGuest).Options(ray." + tier + ").Remote(), (*Guest).Place)":                        "1 job yes  true true",
			"ray.Remote[string](func() string { return place() + os.Getenv(\"HOME\")[:0] }).Options(ray." + tier + ", env).Remote()": "own yes first false true",
		} {
			if got := s.run("ray.Must(ray.Get(" + call + "))"); got != want {
				t.Errorf("%s\n= %q, want %q", call, got, want)
			}
		}
	}
	write("data.txt", "second")
	for _, tier := range []string{"Interpreted", "Native"} { // what is submitted from now on sees what the directory holds now
		if got := s.run("ray.Must(ray.Get(ray.Remote[string](place).Options(ray." + tier + ", ray.InRuntimeEnv(ray.RuntimeEnv{WorkingDir: dir})).Remote()))"); got != "job yes second false true" {
			t.Errorf("%s, after the file has changed: %q", tier, got)
		}
	}
	if got := s.run("func() bool { _, err := ray.Get(ray.Remote[string](place).Options(ray.InRuntimeEnv(ray.RuntimeEnv{WorkingDir: dir + \"/none\"})).Remote()); return errors.Is(err, ray.ErrInvalidCall) }()"); got != "true" {
		t.Error("a directory that is not there: ", got)
	}
	if out := s.run("ray.NativeStatus()"); strings.Contains(out, " interpreted ") {
		t.Error(out)
	}
}

// TestGraphs makes graphs in cells: of functions and of actors in both tiers, with several outputs, and
// compiled.
func TestGraphs(t *testing.T) {
	s := open(t)
	s.run(`func double(n int) int { return 2 * n }
func describe(n int) (string, error) { if n == 26 { return "", io.EOF }; return fmt.Sprint("n=", n), nil }
type Stage struct{ by, calls int }
func NewStage(by int) *Stage { return &Stage{by: by} }
func (s *Stage) Add(n int) int { s.calls++; return n + s.by }
func (s *Stage) Text(n int) string { return fmt.Sprint("stage ", n+s.by) }`)
	for _, tier := range []string{"Interpreted", "Native"} {
		s.run(strings.ReplaceAll(`a, b := ray.Actor[Stage](NewStage).Options(TIER).Remote(1), ray.Actor[Stage](NewStage).Options(TIER).Remote(10)
one := ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[string] { return ray.Remote[string](describe).Options(TIER).Bind(ray.Remote[int](double).Options(TIER).Bind(ray.BindCall[int](a, (*Stage).Add, in))) })
several := ray.NewMultiDAG(func(in ray.DAGNode[int]) []ray.DAGNode[any] {
	first := ray.BindCall[int](a, (*Stage).Add, in)
	return []ray.DAGNode[any]{first.Any(), ray.BindCall[int](b, (*Stage).Add, first).Any(), ray.Remote[string](describe).Options(TIER).Bind(in).Any()}
})
chain := ray.NewMultiDAG(func(in ray.DAGNode[int]) []ray.DAGNode[any] {
	return []ray.DAGNode[any]{ray.BindCall[int](b, (*Stage).Add, ray.BindCall[int](a, (*Stage).Add, in)).Any(), ray.BindCall[string](a, (*Stage).Text, in).Any()}
})
func all[R any](refs []ray.ObjectRef[R]) string { text := ""; for _, r := range refs { v, err := ray.Get(r); var t *ray.TaskError; text += fmt.Sprint(v, " ", errors.As(err, &t), errors.Is(err, io.EOF), "; ") }; return text }`, "TIER", "ray."+tier))
		for _, c := range [][2]string{
			{"ray.Must(ray.Get(one.Execute(3)))", "n=8"},
			{"func() bool { _, err := ray.Get(one.Execute(12)); return errors.Is(err, io.EOF) }()", "true"},
			{"all(several.Execute(5))", "6 false false; 16 false false; n=5 false false; "},
			{"all(several.Execute(26))", "27 false false; 37 false false; <nil> true true; "},
			{"all(chain.Execute(1))", "12 false false; stage 2 false false; "},
		} {
			if got := s.run(c[0]); got != c[1] {
				t.Errorf("%s: %s = %q, want %q", tier, c[0], got, c[1])
			}
		}
		out, err := s.try(`func() string {
	c, err := chain.Compile()
	if err != nil { return err.Error() }
	defer c.Teardown()
	text := ""
	for i := range 3 {
		for _, r := range c.Execute(i) { v, err := r.Get(); text += fmt.Sprint(v, err, "; ") }
	}
	return text
}()`)
		if want := "11 <nil>; stage 1<nil>; 12 <nil>; stage 2<nil>; 13 <nil>; stage 3<nil>; "; out != want {
			t.Errorf("%s, compiled: %q %v, want %q", tier, out, err, want)
		}
	}
}

// TestLeftOut says which name of package ray keeps a function interpreted; it works all the same.
func TestLeftOut(t *testing.T) {
	s := open(t)
	s.run(`func twice(n int) int { return 2 * n }
func graph(n int) (int, error) { return ray.Get(ray.NewDAG(func(in ray.DAGNode[int]) ray.DAGNode[int] { return ray.Remote[int](twice).Bind(in) }).Execute(n)) }
func python(n float64) (float64, error) { return ray.Get(ray.Python[float64]("math", "sqrt").Remote(n)) }
g, p := ray.Remote[int](graph), ray.Remote[float64](python)
_ = ray.WaitNative(context.Background())`)
	if got := s.run("ray.Must(ray.Get(g.Remote(21)))"); got != "42" {
		t.Error(got)
	}
	status := s.run("ray.NativeStatus()")
	for _, why := range []string{"it uses ray.NewDAG, which native programs lack", "it uses ray.Python, which native programs lack"} {
		if !strings.Contains(status, why) {
			t.Errorf("%q is missing in\n%s", why, status)
		}
	}
}

// TestConcurrencyGroups gives actors of both tiers groups of calls: those of one wait for each other, those of
// another go past them, and the group of a call goes before that of its method.
func TestConcurrencyGroups(t *testing.T) {
	s := open(t)
	s.run(`type Hall struct{ mu sync.Mutex; inside, most, done int }
func NewHall() *Hall { return &Hall{} }
func (h *Hall) enter(n int) { h.mu.Lock(); defer h.mu.Unlock(); h.inside += n; h.most = max(h.most, h.inside); if n < 0 { h.done++ } }
func (h *Hall) Sit(ctx context.Context) (int, error) { h.enter(1); defer h.enter(-1); <-ctx.Done(); return 0, ctx.Err() }
func (h *Hall) Work(n int) int { h.enter(1); defer h.enter(-1); t := 0; for i := range n { t += i % 3 }; return t }
func (h *Hall) Inside() int { h.mu.Lock(); defer h.mu.Unlock(); return h.inside }
func (h *Hall) Most() int { h.mu.Lock(); defer h.mu.Unlock(); return h.most }
func (h *Hall) Where() int { return os.Getpid() }
func until(h ray.ActorHandle[Hall], n int) int { for { if k := ray.Must(ray.Get(ray.Call[int](h, (*Hall).Inside))); k >= n { return k } } }`)
	for _, tier := range []string{"Interpreted", "Native"} {
		s.run(strings.ReplaceAll(`hHall := ray.Actor[Hall](NewHall).Options(ray.TIER, ray.MaxRestarts(0), ray.ConcurrencyGroups(map[string]int{"seats": 2, "desk": 1}), ray.MethodGroup("seats", (*Hall).Sit), ray.MethodGroup("desk", (*Hall).Work)).Remote()
sitting := []ray.ObjectRef[int]{ray.Call[int](hHall, (*Hall).Sit), ray.Call[int](hHall, (*Hall).Sit)}`, "TIER", tier))
		if got := s.native("Hall"); got != (tier == "Native") {
			t.Errorf("%s: native is %v", tier, got)
		}
		for _, c := range [][2]string{
			{"until(hHall, 2)", "2"}, // both sit, and the default group answers
			{"func() string { third := ray.Call[int](hHall, (*Hall).Sit); done, _, _ := ray.Wait([]ray.ObjectRef[int]{third}, ray.Timeout(300*time.Millisecond)); _ = ray.Cancel(third); return fmt.Sprint(len(done), ray.Must(ray.Get(ray.Call[int](hHall, (*Hall).Inside)))) }()", "0 2"},
			{"ray.Must(ray.Get(ray.Call[int](hHall, (*Hall).Work, 1000)))", "999"},
			{"ray.Must(ray.Get(ray.Call[int](hHall.Options(ray.ConcurrencyGroup(\"desk\")), (*Hall).Inside)))", "2"},
			{"func() bool { _, err := ray.Get(ray.Call[int](hHall.Options(ray.ConcurrencyGroup(\"roof\")), (*Hall).Inside)); return errors.Is(err, ray.ErrInvalidCall) }()", "true"},
			{"func() string { text := \"\"; for _, r := range sitting { _ = ray.Cancel(r); _, err := ray.Get(r); text += fmt.Sprint(errors.Is(err, ray.ErrTaskCancelled), \" \") }; return text }()", "true true "},
			{"func() int { var all []ray.ObjectRef[int]; for range 8 { all = append(all, ray.Call[int](hHall, (*Hall).Work, 200_000)) }; _ = ray.Must(ray.GetAll(all)); return ray.Must(ray.Get(ray.Call[int](hHall, (*Hall).Most))) }()", "3"},
		} {
			if got := s.run(c[0]); got != c[1] {
				t.Errorf("%s: %s = %q, want %q", tier, c[0], got, c[1])
			}
		}
		s.run("_ = ray.Kill(hHall)")
	}
}
