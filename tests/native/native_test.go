package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/runtime/node"
)

// sourceRoot is the folder of this module, also after a test has gone elsewhere.
var sourceRoot = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{Code: notebook.New(os.DirFS(workerRoot())).WorkerCode(typed.New), Trace: trace})
	}
	node.SetTrace(trace)
	os.Setenv(envRoot, sourceRoot)
	os.Exit(m.Run())
}

func trace(recovered any) (frames []node.Frame) {
	for _, f := range typed.TraceOf(recovered) {
		frames = append(frames, node.Frame{Function: f.Function, Cell: f.Cell, Line: f.Line})
	}
	return frames
}

// host is the session, as far as the plugin needs one.
type host struct{ eng engine.Engine }

func (h host) Code() engine.Code            { return h.eng.Code() }
func (host) CellContext() context.Context   { return context.Background() }
func (host) Display(string, display.Bundle) {}
func (host) Update(string, display.Bundle)  {}

// notebookSession is a session of cells with Ray, whose workers are processes.
type notebookSession struct {
	t   testing.TB
	eng engine.Engine
	n   int
}

// envRoot tells workers, which may start in another folder, where the module is.
const envRoot = "GORAY_TEST_ROOT"

func workerRoot() string { return os.Getenv(envRoot) }

// open starts a session of two CPUs.
func open(t testing.TB) *notebookSession {
	t.Helper()
	return openWith(t, "ray.Config{NumCPUs: 2, DashboardPort: -1}")
}

// openWith starts a session with Ray as config says.
func openWith(t testing.TB, config string) *notebookSession {
	t.Helper()
	plug := notebook.New(os.DirFS(sourceRoot))
	eng, err := typed.New(engine.Config{Packages: plug.Packages()})
	if err != nil {
		t.Fatal(err)
	}
	if err := plug.Start(host{eng}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plug.Close(); err != nil {
			t.Error(err)
		}
		eng.Close()
	})
	s := &notebookSession{t: t, eng: eng}
	s.run("_ = ray.Must(ray.Init(" + config + "))")
	return s
}

// try runs a cell and returns its values as text.
func (s *notebookSession) try(source string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s.n++
	r, err := s.eng.Execute(ctx, engine.Cell{Number: s.n, Source: source})
	var out []string
	for _, v := range r.Values {
		if v.Reflect.IsValid() {
			out = append(out, fmt.Sprint(v.Reflect.Interface()))
		}
	}
	return strings.Join(out, " "), err
}

func (s *notebookSession) run(source string) string {
	s.t.Helper()
	out, err := s.try(source)
	if err != nil {
		s.t.Fatalf("In[%d] %s: %v", s.n, source, err)
	}
	return out
}

// outcome writes all that a caller can tell of a task.
const outcome = `func outcome(v any, err error) string {
	text := fmt.Sprintf("%T %#v %v", v, v, v)
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += fmt.Sprintf("\n%T %v", e, e)
	}
	var t *ray.TaskError
	if errors.As(err, &t) {
		text += fmt.Sprintf("\n%s %s:%d attempt %d\n%s", t.Func, t.Cell, t.Line, t.Attempt, t.Stack)
	}
	var nf *NotFound
	var c Code
	var num *strconv.NumError
	var path *fs.PathError
	var re runtime.Error
	text += fmt.Sprint("\n", errors.As(err, &nf), errors.As(err, &c), c, errors.As(err, &num), errors.As(err, &path), errors.As(err, &re), errors.Is(err, ErrEmpty), errors.Is(err, io.EOF), errors.Is(err, fs.ErrNotExist), errors.Is(err, strconv.ErrSyntax))
	return text
}`

// passing differs from run to run: processes and addresses.
var passing = regexp.MustCompile(`pid \d+|0x[0-9a-f]+|0xc[0-9a-f]+`)

// corpus reads the cells and the cases.
func corpus(t testing.TB) (cells []string, cases [][2]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "corpus.txt"))
	if err != nil {
		t.Fatal(err)
	}
	text, list, _ := strings.Cut(string(data), "-- cases --\n")
	cells = strings.Split(text, "-- cell --\n")[1:]
	for line := range strings.Lines(list) {
		f, args, _ := strings.Cut(strings.TrimSpace(line), " |")
		cases = append(cases, [2]string{f, strings.TrimSpace(args)})
	}
	return cells, cases
}

// TestBothTiers calls each function of the corpus interpreted and natively.
func TestBothTiers(t *testing.T) {
	s := open(t)
	cells, cases := corpus(t)
	for _, c := range cells {
		s.run(c)
	}
	s.run(outcome)
	var made strings.Builder
	for i, c := range cases { // all of them first: they are compiled while others run
		fmt.Fprintf(&made, "remote%d := ray.Remote[any](%s)\n", i, c[0])
	}
	s.run(made.String())
	call := func(i int, option string) string {
		return passing.ReplaceAllString(s.run(fmt.Sprintf("outcome(ray.Get(remote%d.Options(ray.%s).Remote(%s)))", i, option, cases[i][1])), "…")
	}
	for i, c := range cases {
		interpreted, native := call(i, "Interpreted"), call(i, "Native")
		if interpreted != native {
			t.Errorf("%s(%s)\ninterpreted: %s\nnative:      %s", c[0], c[1], interpreted, native)
		}
		t.Logf("%s(%s): %s", c[0], c[1], native)
	}
	states := map[string]int{}
	for line := range strings.Lines(s.run("ray.NativeStatus()")) {
		for _, state := range []string{"native", "interpreted", "building"} {
			if strings.Contains(line, " "+state+" ") {
				states[state]++
			}
		}
		if strings.Contains(line, " interpreted ") {
			t.Log(strings.TrimSpace(line))
		}
	}
	t.Logf("%v of %d", states, len(cases))
	if states["native"] < 60 {
		t.Errorf("only %d functions ran natively", states["native"])
	}
}
