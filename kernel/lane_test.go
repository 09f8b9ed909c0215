package kernel_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/goray/goray/kernel/wire"
)

func subshell(t *testing.T, f *front) string {
	t.Helper()
	id, err := f.CreateSubshell(f.ctx)
	if err != nil || id == "" {
		t.Fatalf("subshell %q, %v", id, err)
	}
	return id
}

// While the main shell runs a cell, those of a subshell run, one after another.
func TestSubshell(t *testing.T) {
	f, _ := serve(t)
	if info := f.ask("kernel_info_request", nil); fmt.Sprint(info["supported_features"]) != "[debugger kernel subshells]" {
		t.Errorf("features %v", info["supported_features"])
	}
	id := subshell(t, f)
	done := make(chan wire.Reply)
	go func() { done <- f.cell("print now\nblock") }()
	f.saw("stdout: now")
	for i := range 3 {
		r := f.run(wire.Request{Code: "value 7", Subshell: id})
		if r.Status != "ok" || r.Count != i+2 {
			t.Errorf("cell %d of the subshell: %+v", i, r)
		}
	}
	if r := f.run(wire.Request{Code: "fail", Subshell: id, StopOnError: true}); r.Name != "CompileError" {
		t.Errorf("got %+v", r)
	}
	got := f.take()
	// After each idle of the subshell, the main shell says that it is still busy: on its own message, so in its own time.
	own := strings.ReplaceAll(got, "|busy", "")
	if strings.Count(own, "execute_result  7|idle") != 3 || !strings.HasSuffix(own, "error CompileError|idle") {
		t.Errorf("output %q", got)
	}
	f.Interrupt(f.ctx)
	if r := <-done; r.Name != "Interrupted" {
		t.Errorf("main shell: %+v", r)
	}
}

func TestSubshellsAreListedAndDeleted(t *testing.T) {
	f, _ := serve(t)
	a, b := subshell(t, f), subshell(t, f)
	list := func() string {
		m, err := f.Request(f.ctx, wire.Control, "list_subshell_request", nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(m.Content)
	}
	if got := list(); !strings.Contains(got, a) || !strings.Contains(got, b) {
		t.Errorf("%s, want %s and %s", got, a, b)
	}
	// A running cell is interrupted, a waiting one aborted.
	var all sync.WaitGroup
	replies := make([]wire.Reply, 2)
	started := make(chan struct{})
	all.Go(func() {
		var once sync.Once
		replies[0], _ = f.Execute(f.ctx, wire.Request{Code: "print now\nblock", Subshell: a}, wire.Handlers{Output: func(m *wire.Message) {
			if m.Header.Type == "stream" {
				once.Do(func() { close(started) })
			}
		}})
	})
	<-started
	all.Go(func() { replies[1], _ = f.Execute(f.ctx, wire.Request{Code: "value 1", Subshell: a}, wire.Handlers{}) })
	f.ask("kernel_info_request", nil) // comes after it on the same socket
	if err := f.DeleteSubshell(f.ctx, a); err != nil {
		t.Error(err)
	}
	all.Wait()
	if got := replies[0].Name + " " + replies[1].Status; got != "Interrupted aborted" && got != "Interrupted error" {
		t.Error(got)
	}
	if got := list(); strings.Contains(got, a) || !strings.Contains(got, b) {
		t.Errorf("after the deletion: %s", got)
	}
	if err := f.DeleteSubshell(f.ctx, a); err == nil || !strings.Contains(err.Error(), "no subshell") {
		t.Errorf("deleted twice: %v", err)
	}
	if r := f.run(wire.Request{Code: "value 1", Subshell: a}); r.Status != "error" || r.Name != "UnknownSubshell" {
		t.Errorf("a cell for a deleted one: %+v", r)
	}
	if r := f.cell("value 1"); r.Status != "ok" {
		t.Errorf("main shell: %+v", r)
	}
}

// An interrupt stops all that runs.
func TestInterruptReachesSubshells(t *testing.T) {
	f, _ := serve(t)
	id := subshell(t, f)
	var all sync.WaitGroup
	for _, where := range []string{"", id} {
		all.Go(func() {
			if r := f.run(wire.Request{Code: "eprint in\nblock", Subshell: where}); r.Name != "Interrupted" {
				t.Errorf("%q: %+v", where, r)
			}
		})
	}
	f.saw("in\nin\n")
	f.Interrupt(f.ctx)
	all.Wait()
}
