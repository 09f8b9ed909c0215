package typed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// written gathers what each run prints.
type written struct {
	mu  sync.Mutex
	all map[string]*bytes.Buffer
}

func (w *written) output(c engine.Cell, stream string) io.Writer {
	if c.Run == 0 {
		return nil
	}
	return writeFunc(func(b []byte) (int, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		name := fmt.Sprint(c.Run, stream)
		if w.all[name] == nil {
			w.all[name] = &bytes.Buffer{}
		}
		return w.all[name].Write(b)
	})
}

type writeFunc func([]byte) (int, error)

func (f writeFunc) Write(b []byte) (int, error) { return f(b) }

func (w *written) take(run int, stream string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.all[fmt.Sprint(run, stream)]
	if b == nil {
		return ""
	}
	return b.String()
}

// Two cells run at the same time, talk to each other, and what each prints is its own: also what
// its goroutines print after it has ended.
func TestCellsSideBySide(t *testing.T) {
	w := &written{all: map[string]*bytes.Buffer{}}
	e, err := New(engine.Config{Output: w.output})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	run := func(n int, source string) error {
		_, err := e.Execute(context.Background(), engine.Cell{Number: n, Run: uint64(n), Source: source})
		return err
	}
	if err := run(1, "there, back := make(chan int), make(chan int)\ngo func() { fmt.Println(\"late\", <-there); back <- 1 }()"); err != nil {
		t.Fatal(err)
	}
	if err := run(2, "there <- 7\n<-back\nfmt.Println(\"two\")\nos.Stderr.WriteString(\"bad\\n\")\nfmt.Fprintf(os.Stdout, \"%d\", 2)\nos.Stdout.Write([]byte(\".\\n\"))"); err != nil {
		t.Fatal(err)
	}
	if got := w.take(1, "stdout"); got != "late 7\n" {
		t.Errorf("the first cell printed %q", got)
	}
	if got := w.take(2, "stdout") + w.take(2, "stderr"); got != "two\n2.\nbad\n" {
		t.Errorf("the second cell printed %q", got)
	}
	var all sync.WaitGroup
	all.Go(func() {
		if err := run(3, "x := 20\nthere <- 20\nfmt.Println(\"got\", <-back)"); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		if err := run(4, "back <- 1 + <-there\ny := 1"); err != nil {
			t.Error(err)
		}
	})
	all.Wait()
	if err := run(5, "fmt.Println(x + y)"); err != nil {
		t.Fatal(err)
	}
	if got := w.take(3, "stdout") + w.take(5, "stdout"); got != "got 21\n21\n" {
		t.Errorf("side by side: %q", got)
	}
}

func TestCurrent(t *testing.T) {
	e, err := New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if c, ok := e.(engine.Concurrent).Current(); ok {
		t.Errorf("this goroutine belongs to %v", c)
	}
	got := make(chan engine.Cell, 1)
	s := e.(*Session)
	if _, err := e.Execute(context.Background(), engine.Cell{Number: 1, Run: 9, Source: "var hook func()"}); err != nil {
		t.Fatal(err)
	}
	for _, v := range s.Variables() {
		*v.Value.Addr().Interface().(*func()) = func() { c, _ := s.Current(); got <- c }
	}
	if _, err := e.Execute(context.Background(), engine.Cell{Number: 2, Run: 10, Source: "go hook()"}); err != nil {
		t.Fatal(err)
	}
	if c := <-got; c.Run != 10 {
		t.Errorf("Current is %v", c)
	}
}
