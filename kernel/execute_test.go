package kernel_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/kernel/wire"
)

func TestCells(t *testing.T) {
	f, _ := serve(t)
	for _, c := range []struct{ code, status, output string }{
		{"value 42", "ok", "busy|input value 42|execute_result  42|idle"},
		{"print hello, world", "ok", "busy|input print hello, world|stream stdout: hello, world\n|idle"},
		{"eprint bad", "ok", "busy|input eprint bad|stream stderr: bad\n|idle"},
		{"fail", "error", "busy|input fail|error CompileError|idle"},
		{"panic no", "error", "busy|input panic no|error panic|idle"},
		{"print a\nnamed x b\nprint c\nupdate x d\nclear wait\nprint e", "ok",
			"stream stdout: a\n|display_data x <text/html>|stream stdout: c\n|update_display_data x <text/html>|clear|stream stdout: e\n|idle"},
		{"exit 2", "error", "error SessionError|idle"},
		{"value 1", "ok", "execute_result  1|idle"},
	} {
		r := f.cell(c.code)
		if got := f.take(); r.Status != c.status || !strings.HasSuffix(got, c.output) {
			t.Errorf("%q: %s %q", c.code, r.Status, got)
		}
	}
}

func TestCountsSilenceAndExpressions(t *testing.T) {
	f, _ := serve(t)
	if r := f.cell("value 1"); r.Count != 1 {
		t.Errorf("first count %d", r.Count)
	}
	f.take()
	f.run(wire.Request{Code: "value 2", Silent: true})
	if got := f.take(); got != "busy|idle" {
		t.Errorf("silent: %q", got)
	}
	f.run(wire.Request{Code: "value 3", NoHistory: true})
	r := f.run(wire.Request{Code: "set x", UserExpressions: map[string]string{"good": "value 5", "bad": "fail"}})
	if r.Count != 2 {
		t.Errorf("count %d", r.Count)
	}
	good, bad := fmt.Sprint(r.UserExpressions["good"]), fmt.Sprint(r.UserExpressions["bad"])
	if !strings.Contains(good, "text/plain:5") || !strings.Contains(good, "status:ok") || !strings.Contains(bad, "ename:CompileError") {
		t.Errorf("expressions %s, %s", good, bad)
	}
	r = f.cell("value?")
	if len(r.Payload) != 1 || r.Payload[0]["source"] != "page" {
		t.Errorf("payload %v", r.Payload)
	}
}

// Cells that were sent together with one that fails are aborted; those sent after it are run.
func TestAborts(t *testing.T) {
	f, _ := serve(t)
	var wg sync.WaitGroup
	replies := make([]wire.Reply, 4)
	first := make(chan struct{})
	wg.Go(func() {
		var once sync.Once
		replies[0], _ = f.Execute(f.ctx, wire.Request{Code: "print now\nblock", StopOnError: true}, wire.Handlers{Output: func(m *wire.Message) {
			f.note(m)
			if m.Header.Type == "stream" {
				once.Do(func() { close(first) })
			}
		}})
	})
	<-first
	for i := 1; i < 4; i++ {
		wg.Go(func() {
			replies[i], _ = f.Execute(f.ctx, wire.Request{Code: "value 1", StopOnError: true}, wire.Handlers{})
		})
	}
	f.ask("kernel_info_request", nil) // comes after them on the same socket
	f.Interrupt(f.ctx)
	wg.Wait()
	var got []string
	for _, r := range replies {
		got = append(got, r.Status)
	}
	if s := strings.Join(got, " "); s != "error aborted aborted aborted" {
		t.Error(s)
	}
	if r := f.cell("value 1"); r.Status != "ok" {
		t.Errorf("the next cell is %s", r.Status)
	}
}

func TestInterruptAndForce(t *testing.T) {
	f, _ := serve(t)
	done := make(chan wire.Reply)
	go func() { done <- f.cell("print now\nstubborn") }()
	f.saw("stdout: now")
	f.Interrupt(f.ctx)
	f.saw("Interrupt again")
	f.Interrupt(f.ctx)
	if r := <-done; r.Name != "SessionError" {
		t.Errorf("got %+v", r)
	}
}

func TestInput(t *testing.T) {
	f, _ := serve(t)
	h := wire.Handlers{Output: f.note, Input: func(prompt string, _ bool) (string, error) { return "Ada " + prompt, nil }}
	r, err := f.Execute(f.ctx, wire.Request{Code: "print name:\ninput who?"}, h)
	if got := f.take(); err != nil || r.Status != "ok" || !strings.Contains(got, "name:\nAda who?\n") {
		t.Errorf("%+v %v %q", r, err, got)
	}
	if r := f.cell("input who?"); r.Name != "StdinNotImplementedError" {
		t.Errorf("refused: %+v", r)
	}
	asked := make(chan struct{})
	go func() { <-asked; f.Interrupt(f.ctx) }()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	h.Input = func(string, bool) (string, error) { close(asked); return "", context.Canceled }
	f.Execute(ctx, wire.Request{Code: "input never"}, h)
	if r := f.cell("value 1"); r.Status != "ok" {
		t.Errorf("after an unanswered question: %+v", r)
	}
}

// At most fifty stream messages a second, nothing lost, and none later than 100 ms.
func TestStreamsAreGathered(t *testing.T) {
	f, _ := serve(t)
	messages, text := 0, ""
	start := time.Now()
	_, err := f.Execute(f.ctx, wire.Request{Code: "burst 200000"}, wire.Handlers{Output: func(m *wire.Message) {
		if m.Header.Type == "stream" {
			messages++
			text += strings.SplitN(describe(m), ": ", 2)[1]
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text, "\n"); n != 200000 || !strings.HasSuffix(text, "line 199999\n") {
		t.Errorf("%d lines came", n)
	}
	if allowed := int(time.Since(start)/(20*time.Millisecond)) + 5; messages > allowed {
		t.Errorf("%d messages in %v", messages, time.Since(start))
	}
	done := make(chan wire.Reply)
	start = time.Now()
	go func() { done <- f.cell("print now\nblock") }()
	f.saw("stdout: now")
	if d := time.Since(start); d > 300*time.Millisecond { // the round trip included
		t.Errorf("a line came after %v", d)
	}
	f.Interrupt(f.ctx)
	<-done
}

func TestTooMuchOutputIsCut(t *testing.T) {
	f, _ := serve(t)
	total := 0
	last := ""
	_, err := f.Execute(f.ctx, wire.Request{Code: "burst 1500000"}, wire.Handlers{Output: func(m *wire.Message) {
		if m.Header.Type == "stream" {
			last = describe(m)
			total += len(last)
		}
	}})
	if err != nil || total < 10<<20 || total > 11<<20 || !strings.Contains(last, "more than 10 MB") {
		t.Errorf("%d bytes, at last %q, %v", total, last, err)
	}
}

func TestRunesAreNotCut(t *testing.T) {
	f, _ := serve(t)
	f.cell("raw " + strings.Repeat("e697a5", 3000))
	if got := f.take(); strings.Contains(got, "\ufffd") || strings.Count(got, "日") != 3000 {
		t.Errorf("%d of 3000 runes came whole", strings.Count(got, "日"))
	}
}

// A client that leaves while output comes leaves nothing behind; TestMain looks.
func TestClientLeavesAFlood(t *testing.T) {
	f, _ := serve(t)
	left := make(chan struct{})
	var once sync.Once
	go f.Execute(f.ctx, wire.Request{Code: strings.Repeat("display x\n", 500)}, wire.Handlers{Output: func(m *wire.Message) {
		if m.Header.Type == "display_data" {
			once.Do(func() { close(left) })
			<-f.ctx.Done()
		}
	}})
	<-left
	f.Close()
}
