package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/internal/core"
)

// envBuild makes this binary a process that builds a program in the folder it names.
const envBuild = "GORAY_TEST_BUILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(envBuild); dir != "" {
		a, err := NewBuilder(dir, nil).Build(context.Background(), program(`"shared"`))
		fmt.Println(a.Key, a.Cached, err)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// program returns what expr is.
func program(expr string, imports ...string) *Program {
	text := "package main\n"
	for _, i := range imports {
		text += fmt.Sprintf("import %s %q\n", filepath.Base(i), i)
	}
	return &Program{Text: fmt.Appendf(nil, "%sfunc f() any { return %s }\nfunc makeˑ() any { return f }\n", text, expr), Imports: imports, Maker: "makeˑ"}
}

// folder is a cache whose archives are those of this user, so that they are made once.
func folder(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no Go toolchain here")
	}
	user, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	shared := filepath.Join(user, "goray", "native")
	if err := NewBuilder(shared, nil).Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(shared, "sets"), filepath.Join(dir, "sets")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBuild(t *testing.T) {
	dir := folder(t)
	b := NewBuilder(dir, nil)
	a, err := b.Build(t.Context(), program(`html.EscapeString("<")`, "html"))
	if err != nil || a.Cached {
		t.Fatal(a, err)
	}
	out, err := exec.Command(a.Path).CombinedOutput()
	if !strings.Contains(string(out), "started by its worker only") {
		t.Errorf("the program says %q, %v", out, err)
	}
	again, err := NewBuilder(dir, nil).Build(t.Context(), program(`html.EscapeString("<")`, "html"))
	if err != nil || !again.Cached || again.Key != a.Key {
		t.Error(again, err)
	}
	other, err := b.Build(t.Context(), program(`html.EscapeString(">")`, "html"))
	if err != nil || other.Key == a.Key {
		t.Error(other, err)
	}
}

func TestRefusedIsRemembered(t *testing.T) {
	dir := folder(t)
	for _, cached := range []bool{false, true} {
		a, err := NewBuilder(dir, nil).Build(t.Context(), program(`undefinedName`))
		var refused *BuildError
		if !errors.As(err, &refused) || !strings.Contains(refused.Output, "undefined: undefinedName") || a.Cached != cached {
			t.Error(a, err)
		}
	}
}

// TestGoBuild builds with the go command, as when the tools behind it have changed.
func TestGoBuild(t *testing.T) {
	b := NewBuilder(folder(t), nil)
	b.direct = false
	if a, err := b.Build(t.Context(), program(`"go build"`)); err != nil {
		t.Error(a, err)
	}
	var refused *BuildError
	if a, err := b.Build(t.Context(), program(`nobody`)); !errors.As(err, &refused) {
		t.Error(a, err)
	}
}

// TestFallback takes the linker's flags away from it: go build does the work.
func TestFallback(t *testing.T) {
	b := NewBuilder(folder(t), nil)
	old := linkFlags
	linkFlags = []string{"-noSuchFlag"}
	defer func() { linkFlags = old }()
	if a, err := b.Build(t.Context(), program(`"fallback"`)); err != nil || b.direct {
		t.Error(a, err)
	}
}

// TestConcurrent builds one program by goroutines of several processes: once.
func TestConcurrent(t *testing.T) {
	dir := folder(t)
	var mu sync.Mutex
	made, keys := 0, map[string]bool{}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), envBuild+"="+dir)
			out, err := cmd.Output()
			var key, cached, failure string
			fmt.Sscan(string(out), &key, &cached, &failure)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || failure != "<nil>" {
				t.Errorf("%s %v", out, err)
			}
			keys[key] = true
			if cached == "false" {
				made++
			}
		})
	}
	b := NewBuilder(dir, nil)
	for range 4 {
		wg.Go(func() {
			a, err := b.Build(t.Context(), program(`"shared"`))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			keys[a.Key] = true
			if !a.Cached {
				made++
			}
		})
	}
	wg.Wait()
	if made != 1 || len(keys) != 1 {
		t.Errorf("built %d times, keys %v", made, keys)
	}
}

func TestTrim(t *testing.T) {
	c := &cache{dir: t.TempDir(), limit: 25}
	for i, key := range []string{"aa1", "bb2", "cc3", "dd4"} {
		if err := os.MkdirAll(c.entry(key), 0o755); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(-time.Duration(10-i) * time.Hour)
		if key == "dd4" {
			used = time.Now()
		}
		if err := os.WriteFile(c.program(key), make([]byte, 10), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.entry(key), size), []byte("10"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(c.program(key), used, used); err != nil {
			t.Fatal(err)
		}
	}
	if err, known := c.lookup("aa1"); !known || err != nil { // it is young again
		t.Error(err, known)
	}
	c.trim()
	for key, want := range map[string]bool{"aa1": true, "bb2": false, "cc3": false, "dd4": true} {
		if _, known := c.lookup(key); known != want {
			t.Errorf("%s is there: %v", key, known)
		}
	}
}

// TestTier follows a function from its definition to the file that workers read.
func TestTier(t *testing.T) {
	dir := folder(t)
	var said []string
	tier, err := New(Options{Dir: dir, Say: func(s string) { said = append(said, s) }, Program: func(hash string, source []byte, _ core.NativeForm) (*Program, error) {
		if hash == "bad" {
			return nil, errors.New("it uses a channel of another world")
		}
		return program(string(source)), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	good, bad, wrong := &core.FuncRef{Name: "good", Hash: "good"}, &core.FuncRef{Name: "bad", Hash: "bad"}, &core.FuncRef{Name: "wrong", Hash: "wrong"}
	file := tier.Want(good, []byte("1"), core.NativeFunction)
	tier.Want(bad, nil, core.NativeFunction)
	tier.Want(wrong, []byte("nothing"), core.NativeFunction)
	if again := tier.Want(good, []byte("1"), core.NativeFunction); again != file {
		t.Error(again, file)
	}
	if err := tier.WaitAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, s := range tier.Status() {
		states = append(states, s.Func+" "+s.State)
	}
	if got := strings.Join(states, ", "); got != "good native, bad interpreted, wrong interpreted" {
		t.Error(got)
	}
	if len(said) != 1 || !strings.Contains(said[0], "wrong stays interpreted") {
		t.Error(said)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	if err := tier.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file outlives its session")
	}
}

// TestSDK says which of the runtime's packages programs are linked with: everything else would make
// their linking slower.
func TestSDK(t *testing.T) {
	files, err := sdkFiles()
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	for name := range files {
		folders[filepath.Dir(name)] = true
	}
	for _, p := range []string{"ailib", "kernel", "local", "dashboard"} {
		for f := range folders {
			if strings.Contains(f, p) && f != "ailib/data" { // the shim's, of one type
				t.Errorf("programs contain %s", f)
			}
		}
	}
}

// BenchmarkBuild compiles a program that differs each time.
func BenchmarkBuild(b *testing.B) {
	builder := NewBuilder(folder(b), nil)
	n := 0
	for b.Loop() {
		n++
		if _, err := builder.Build(b.Context(), program(fmt.Sprintf("fmt.Sprint(%d)", n), "fmt")); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTrimSets keeps the sets that were used last, and those that are in use.
func TestTrimSets(t *testing.T) {
	dir := t.TempDir()
	for i := range maxSets + 3 {
		file := filepath.Join(dir, fmt.Sprint(i), "index.json")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(-time.Duration(i) * time.Hour)
		if err := os.Chtimes(file, used, used); err != nil {
			t.Fatal(err)
		}
	}
	trimSets(dir)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != maxSets || left[0].Name() != "0" {
		t.Error(left, err)
	}
}

// TestDamaged cuts a program and an archive off, as a full disk or a crash does: both are made again.
func TestDamaged(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no Go toolchain here")
	}
	dir := t.TempDir() // archives of its own
	b := NewBuilder(dir, nil)
	a, err := b.Build(t.Context(), program(`"damaged"`))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(a.Path, 1000); err != nil {
		t.Fatal(err)
	}
	again, err := NewBuilder(dir, nil).Build(t.Context(), program(`"damaged"`))
	if err != nil || again.Cached || again.Path != a.Path {
		t.Error(again, err)
	}
	s, err := b.prepared(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	archive := s.archives["fmt"]
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(archive); err != nil { // it shares its memory with Go's own cache
		t.Fatal(err)
	}
	if err := os.WriteFile(archive, data[:len(data)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if a, err := b.Build(t.Context(), program(`"with a damaged archive"`)); err != nil || !b.direct {
		t.Error(a, err, b.direct)
	}
	if _, err := NewBuilder(dir, nil).Build(t.Context(), program(`"after it"`)); err != nil {
		t.Error(err)
	}
}

// TestNoRoom keeps programs where nothing can be written: the function stays interpreted, the user is
// told, and it is tried again later.
func TestNoRoom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file", "below")
	if err := os.WriteFile(filepath.Dir(dir), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var said []string
	tier, err := New(Options{Dir: dir, Say: func(s string) { said = append(said, s) }, Program: func(string, []byte, core.NativeForm) (*Program, error) {
		return program(`"no room"`), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	file := tier.Want(&core.FuncRef{Name: "f", Hash: "f"}, nil, core.NativeFunction)
	status, err := tier.Wait(t.Context(), "f")
	if err != nil || status.State != StateInterpreted || len(said) != 1 || !strings.Contains(said[0], "cannot be kept") {
		t.Error(status, err, said)
	}
	w := tier.byFile[file]
	if w.again() {
		t.Error("it is tried again at once")
	}
	if w.since = w.since.Add(-2 * retryAfter); !w.again() {
		t.Error("it is never tried again")
	}
	if err := tier.Close(); err != nil && !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
}
