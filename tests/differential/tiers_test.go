package differential

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/runtime/node"
)

func trace(recovered any) (frames []node.Frame) {
	for _, f := range typed.TraceOf(recovered) {
		frames = append(frames, node.Frame{Function: f.Function, Cell: f.Cell, Line: f.Line})
	}
	return frames
}

// host is a session, as far as the plugin needs one.
type host struct{ eng engine.Engine }

func (h host) Code() engine.Code            { return h.eng.Code() }
func (host) CellContext() context.Context   { return context.Background() }
func (host) Display(string, display.Bundle) {}
func (host) Update(string, display.Bundle)  {}

// captured makes a function of a program's statements that returns what they print.
const captured = `func runAll() (gorayText string) {
	gorayFile, gorayErr := os.CreateTemp("", "goray-differential-*")
	if gorayErr != nil { return gorayErr.Error() }
	os.Remove(gorayFile.Name())
	gorayStdout := os.Stdout
	os.Stdout = gorayFile
	defer func() {
		os.Stdout = gorayStdout
		gorayFile.Seek(0, io.SeekStart)
		b, _ := io.ReadAll(gorayFile)
		gorayText = string(b)
	}()
	defer func() {
		switch gorayV := recover().(type) {
		case nil:
		case error:
			fmt.Println("panic: " + gorayV.Error())
		case fmt.Stringer:
			fmt.Println("panic: " + gorayV.String())
		case string:
			fmt.Println("panic: " + gorayV)
		default:
			fmt.Printf("panic: %%#v\n", gorayV)
		}
	}()
	func() {
%s}()
	return ""
}`

// tiers runs the programs of a topic as remote functions.
type tiers struct {
	t    *testing.T
	eng  engine.Engine
	plug *notebook.Plugin
	n    int
}

func openTiers(t *testing.T) *tiers {
	plug := notebook.New(os.DirFS("../.."))
	eng, err := typed.New(engine.Config{Packages: plug.Packages()})
	if err == nil {
		err = plug.Start(host{eng})
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &tiers{t: t, eng: eng, plug: plug}
	if _, err := s.run("_ = ray.Must(ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}))"); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *tiers) close() {
	if err := s.plug.Close(); err != nil {
		s.t.Error(err)
	}
	s.eng.Close()
}

// run runs a cell and returns its last value as text.
func (s *tiers) run(source string) (string, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	s.n++
	r, err := s.eng.Execute(ctx, engine.Cell{Number: s.n, Source: source})
	if err != nil || len(r.Values) == 0 || !r.Values[0].Reflect.IsValid() {
		return "", err
	}
	return fmt.Sprint(r.Values[0].Reflect.Interface()), nil
}

// define declares a program, and makes it remote.
func (s *tiers) define(p program, i int) error {
	imports, top, main, err := p.apart()
	if err == nil {
		_, err = s.run(imports + "\n" + top + "\n" + fmt.Sprintf(captured, main))
	}
	if err == nil {
		_, err = s.run(fmt.Sprintf("remote%d := ray.Remote[string](runAll)", i))
	}
	return err
}

// every is which programs are compiled as remote functions: all of them take minutes.
var every = flag.Int("every", 4, "TestTiers runs each program whose number this divides; 1 is all")

// TestTiers runs every program of the corpus that can be a remote function in both tiers, and compares
// both with what the compiler makes of it.
func TestTiers(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles some hundred programs")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: nothing to compare with")
	}
	os.Setenv("TZ", "UTC") // as the programs of TestDifferential have it
	files, err := filepath.Glob("testdata/" + *topics + ".txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no topics", err)
	}
	failures := known(t)
	native, interpreted, number := 0, 0, 0
	for _, file := range files {
		programs, err := readTopic(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := runCompiled(t.Context(), t.TempDir(), programs)
		if err != nil {
			t.Fatal(err)
		}
		s := openTiers(t)
		var defined []int
		for i, p := range programs {
			if number++; number%*every != 0 {
				continue
			}
			if err := s.define(p, i); err != nil {
				t.Fatalf("%v is no remote function: %.200v", p, err)
			}
			defined = append(defined, i)
		}
		if _, err := s.run("_ = ray.WaitNative(context.Background())"); err != nil {
			t.Fatal(err)
		}
		for k, i := range defined {
			p := programs[i]
			for _, tier := range []string{"Interpreted", "Native"} {
				if state, err := s.run(fmt.Sprintf("ray.NativeStatus()[%d].State", k)); err != nil || tier == "Native" && state != "native" {
					continue // the worker keeps what the first call changed
				}
				got, err := s.run(fmt.Sprintf("ray.Must(ray.Get(remote%d.Options(ray.%s, ray.MaxRetries(0)).Remote()))", i, tier))
				if err != nil {
					got = err.Error()
				}
				if reason := failures["tiers/"+p.String()]; got != want[p.String()] && reason == "" {
					t.Errorf("%v, %s: %s", p, tier, difference(want[p.String()], got))
				}
			}
		}
		status, err := s.run("ray.NativeStatus()")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(status) {
			if strings.Contains(line, " interpreted ") {
				t.Logf("%s: %s", file, strings.TrimSpace(line))
				interpreted++
			} else if strings.Contains(line, " native ") {
				native++
			}
		}
		s.close()
	}
	t.Logf("%d programs native, %d interpreted", native, interpreted)
	if *topics == "*" && native < 300 / *every {
		t.Errorf("only %d programs ran natively", native)
	}
}
