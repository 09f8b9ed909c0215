package assist

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
)

// root is absolute, as some tests change the folder.
var root, _ = filepath.Abs("../..")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts an engine as a session does, without one: nothing of Ray runs.
func open(t testing.TB) engine.Engine {
	t.Helper()
	plugins := []plugin.Plugin{notebook.New(os.DirFS(root))}
	cfg := engine.Config{Packages: session.Packages(plugins)}
	plugin.Assist(&cfg, plugins)
	e, err := typed.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func run(t testing.TB, e engine.Engine, number int, source string) error {
	t.Helper()
	_, err := e.Execute(context.Background(), engine.Cell{Number: number, Source: source})
	return err
}

func TestRemoteCallsAreCheckedBeforeTheCellRuns(t *testing.T) {
	e := open(t)
	for i, c := range []struct{ source, want string }{
		{"func square(n int) int { return n * n }\nsq := ray.Remote[int](square)\nran := 0", ""},
		{"ran = 1\nsq.Remote(\"bad\")", `In[2]:2:11: cannot use "bad" (untyped string constant) as int value in argument to sq.Remote`},
		{"x := \"bad\"\nran = 1\nsq.Options(ray.NumCPUs(2)).Remote(x)", `In[3]:3:35: cannot use x (variable of type string) as int value in argument to sq.Options(ray.NumCPUs(2)).Remote`},
		{"ran = 1; sq.Remote()", `In[4]:1:20: not enough arguments in call to sq.Remote (have (); want (int))`},
		{"r := ray.Remote[string](square)", `In[5]:1:25: square returns int, not string (write ray.Remote[int])`},
		{"if ran != 0 { panic(ran) }", ""},
		// A function that is declared again: the variable keeps what it was made of.
		{"func square(s string) int { return len(s) }\nsq.Remote(\"bad\")", `In[7]:2:11: cannot use "bad"`},
		// Assigned anew, it may hold anything.
		{"func other(s string) int { return len(s) }\nsq = ray.Remote[int](other)", ""},
		{"_ = func() { sq.Remote(\"good\") }", ""},
		{"sq := ray.Remote[int](other)\n_ = func() { sq.Remote(5) }", `In[10]:2:24: cannot use 5 (untyped int constant) as string value in argument to sq.Remote`},
		{"type Counter struct{ n int }\nfunc (c *Counter) Inc(by int) int { c.n += by; return c.n }\n_ = func(c ray.ActorHandle[Counter]) { ray.Call[int](c, (*Counter).Inc, \"one\") }", `In[11]:3:73: cannot use "one"`},
		{"f := sq\n_ = func() { f.Remote(5, 6) }", ""}, // copies are not followed
		{"x := 1\nsq := ray.Remote[int](func(a, b float64) int { return 0 })\nx, sq2 := 2, sq\n_ = func() { sq.Remote(1, 2) }", ""},
		{"_ = func() { sq.Remote(1) }", `In[14]:1:25: not enough arguments`},
	} {
		err := run(t, e, i+1, c.source)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s\n%v", c.source, err)
			}
			continue
		}
		var ce *engine.CompileError
		if !errors.As(err, &ce) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.source, err, c.want)
		}
	}
}

// TestNotebooksCheck checks the cells of the lessons without running them: nothing in them is
// complained about but where they mean to show an error.
func TestNotebooksCheck(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb"))
	if err != nil || len(files) == 0 {
		t.Fatal("no notebooks", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var nb struct {
			Cells []struct {
				Type     string   `json:"cell_type"`
				Source   []string `json:"source"`
				Metadata struct {
					Tags []string `json:"tags"`
				} `json:"metadata"`
			} `json:"cells"`
		}
		if err := json.Unmarshal(text, &nb); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		s := check(t)
		n := 0
		for _, c := range nb.Cells {
			source := strings.Join(c.Source, "")
			if _, _, special := session.FirstSpecial(source); c.Type != "code" || special {
				continue
			}
			n++
			checked, err := s.Check(engine.Cell{Number: n, Source: source})
			if err != nil && !slices.Contains(c.Metadata.Tags, "raises-exception") {
				t.Errorf("%s, cell %d:\n%s\n%v", filepath.Base(file), n, source, err)
			}
			if err == nil {
				s.Commit(checked)
			}
		}
		if n == 0 {
			t.Errorf("%s has no cell to check", file)
		}
	}
}

func TestColumnsInStrings(t *testing.T) {
	e := open(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte("price,pickup,distance\n1.5,a,2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := run(t, e, 1, "trips := data.ReadCSV(\"t.csv\")\nothers := data.FromColumns(map[string]any{\"depth\": []int{1}, \"pressure\": []float64{2}})"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ source, want string }{
		{`trips.SelectColumns("p|")`, "pickup:string price:float64"},
		{`trips.SelectColumns("price", "|`, "distance:int64 pickup:string price:float64"},
		{`trips.Filter(data.Col("p|").Gt(1)).Limit(3)`, "pickup:string price:float64"},
		{`expensive := data.Col("p|")`, "pickup:string pressure:float64 price:float64"},
		{`trips.GroupBy("pick|").Mean("price")`, "pickup:string"},
		{`others.Filter(data.Col("pr|`, "pressure:float64"},
		{"trips.Sort(`di|`)", "distance:int64"},
		{`trips.RenameColumns(map[string]string{"pi|": "from"})`, "pickup:string"},
		{`data.ReadCSV("p|")`, ""},
		{`fmt.Println("p|")`, ""},
		{`preprocess.NewStandardScaler("de|")`, "depth:int64"},
		{"broken( {\ntrips.GroupBy(\"di|", "distance:int64"},
	} {
		cursor := strings.Index(c.source, "|")
		got := e.Complete(c.source[:cursor]+c.source[cursor+1:], cursor)
		var l []string
		for _, i := range got.Items {
			l = append(l, i.Text+":"+i.Signature)
			if i.Kind != "string" {
				t.Errorf("%s: %q is of kind %q", c.source, i.Text, i.Kind)
			}
		}
		if strings.Join(l, " ") != c.want {
			t.Errorf("%s\ngot  %v\nwant %s", c.source, l, c.want)
		}
		if len(l) > 0 && !strings.HasPrefix(l[0], c.source[got.Start:cursor]) {
			t.Errorf("%s: replaces %q", c.source, c.source[got.Start:got.End])
		}
	}
}

// TestKeysBesideCells completes keys of a map while a cell, and then a goroutine of one, writes it:
// whoever read it then would end the process.
func TestKeysBesideCells(t *testing.T) {
	e := open(t)
	if err := run(t, e, 1, "m := map[string]int{\"first\": 1}\nstop, stopped := make(chan bool), make(chan bool)"); err != nil {
		t.Fatal(err)
	}
	keys := func() int { return len(e.Complete(`m["`, 3).Items) }
	done := make(chan error)
	go func() {
		done <- run(t, e, 2, "for i := range 50_000 { m[fmt.Sprint(\"k\", i%100)] = i }\ngo func() {\n\tfor { select { case <-stop: close(stopped); return; default: m[\"first\"]++ } }\n}()")
	}()
	for running := true; running; {
		keys()
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
	}
	if n := keys(); n != 0 {
		t.Errorf("%d keys while a goroutine writes", n)
	}
	if err := run(t, e, 3, "close(stop)\n<-stopped"); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // the goroutine is about to end
		if n := keys(); n == 101 {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d keys when all is still", keys())
}

func BenchmarkColumns(b *testing.B) {
	e := open(b)
	if err := run(b, e, 1, "others := data.FromColumns(map[string]any{\"depth\": []int{1}, \"pressure\": []float64{2}})"); err != nil {
		b.Fatal(err)
	}
	const source = `others.Filter(data.Col("pr`
	for b.Loop() {
		if len(e.Complete(source, len(source)).Items) != 1 {
			b.Fatal("no column")
		}
	}
}
