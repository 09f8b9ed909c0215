package native

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestTogether makes calls of functions that do next to nothing, which native programs are given many
// of at once.
func TestTogether(t *testing.T) {
	s := open(t)
	s.run(`func square(n int) int { return n * n }
f := ray.Remote[int](square).Options(ray.Native)
_ = ray.Must(ray.Get(f.Remote(1)))
func squares(n int) string {
	var refs []ray.ObjectRef[int]
	for i := range n { refs = append(refs, f.Remote(i)) }
	for i, v := range ray.Must(ray.GetAll(refs)) { if v != i*i { return fmt.Sprint(i, " gives ", v) } }
	return "as it should be"
}`)
	if got := s.run("squares(3000)"); got != "as it should be" {
		t.Error(got)
	}

	// One kills its program in the midst of the others.
	s.run(fmt.Sprintf(`func dies(n int) int {
	if n == 700 {
		if mark, err := os.OpenFile(%q, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			mark.Close()
			p, _ := os.FindProcess(os.Getpid())
			p.Kill()
			select {}
		}
	}
	return -n
}
d := ray.Remote[int](dies).Options(ray.Native)
_ = ray.Must(ray.Get(d.Remote(1)))
var died []ray.ObjectRef[int]
for i := range 1500 { died = append(died, d.Remote(i)) }
wrong := 0
for i, v := range ray.Must(ray.GetAll(died)) { if v != -i { wrong++ } }`, filepath.Join(t.TempDir(), "died")))
	if got := s.run("wrong"); got != "0" {
		t.Errorf("%s values are wrong after a crash", got)
	}

	// One takes long: those behind it go elsewhere. It is cancelled, and its program ends if it must.
	s.run(`func waits(ctx context.Context, n int) (int, error) { if n == 150 { <-ctx.Done(); return 0, ctx.Err() }; return n, nil }
func spins(ctx context.Context, n int) (int, error) { for n == 150 {}; return n, nil }`)
	for _, name := range []string{"waits", "spins"} {
		got := s.run(fmt.Sprintf(`w%[1]s := ray.Remote[int](%[1]s).Options(ray.Native)
_ = ray.Must(ray.Get(w%[1]s.Remote(1)))
var all%[1]s []ray.ObjectRef[int]
for i := range 400 { all%[1]s = append(all%[1]s, w%[1]s.Remote(i)) }
_ = ray.Must(ray.GetAll(append(append([]ray.ObjectRef[int]{}, all%[1]s[:150]...), all%[1]s[151:]...)))
_ = ray.Cancel(all%[1]s[150])
_, err%[1]s := ray.Get(all%[1]s[150])
errors.Is(err%[1]s, ray.ErrTaskCancelled)`, name))
		if got != "true" {
			t.Errorf("%s: %s, %s", name, got, s.run("err"+name))
		}
		if got := s.run("squares(300)"); got != "as it should be" {
			t.Errorf("after %s: %s", name, got)
		}
	}
}
