package kernel_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/wire"
)

func TestQueries(t *testing.T) {
	f, _ := serve(t)
	info := f.ask("kernel_info_request", nil)
	if info["protocol_version"] != "5.5" || info["implementation"] != "goray" || fmt.Sprint(info["language_info"]) == "" {
		t.Errorf("info %v", info)
	}
	c := f.ask("complete_request", map[string]any{"code": "日本 ab", "cursor_pos": 5})
	if fmt.Sprint(c["matches"], c["cursor_start"], c["cursor_end"]) != "[abOne abTwo] 3 5" {
		t.Errorf("complete %v", c)
	}
	if !strings.Contains(fmt.Sprint(c["metadata"]), "type:instance") {
		t.Errorf("types %v", c["metadata"])
	}
	in := f.ask("inspect_request", map[string]any{"code": "value", "cursor_pos": 2, "detail_level": 1})
	data, _ := in["data"].(map[string]any)
	if in["found"] != true || data["text/plain"] == nil || data["text/markdown"] == nil {
		t.Errorf("inspect %v", in)
	}
	if in := f.ask("inspect_request", map[string]any{"code": "zzz", "cursor_pos": 2}); in["found"] != false || in["status"] != "ok" {
		t.Errorf("inspect nothing: %v", in)
	}
	for code, want := range map[string]string{"x": "map[status:complete]", "f {": "map[indent:\t status:incomplete]", "}": "map[status:invalid]"} {
		if got := f.ask("is_complete_request", map[string]any{"code": code}); fmt.Sprint(got) != want {
			t.Errorf("%q: %v", code, got)
		}
	}
	if got := f.ask("comm_info_request", nil); fmt.Sprint(got["comms"]) != "map[]" {
		t.Errorf("comms %v", got)
	}
}

func TestControlAndQueriesWhileACellRuns(t *testing.T) {
	f, _ := serve(t)
	done := make(chan wire.Reply)
	go func() { done <- f.cell("print now\nblock") }()
	f.saw("stdout: now")
	start := time.Now()
	f.ask("complete_request", map[string]any{"code": "a", "cursor_pos": 1})
	if _, err := f.Request(f.ctx, wire.Control, "kernel_info_request", nil); err != nil {
		t.Error(err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("answers took %v", d)
	}
	f.Interrupt(f.ctx)
	if r := <-done; r.Name != "Interrupted" {
		t.Errorf("got %+v", r)
	}
	// Told busy again after each answer, so that the last status is true.
	if got := f.take(); strings.Count(got, "busy") < 3 || !strings.HasSuffix(got, "idle") {
		t.Errorf("statuses %q", got)
	}
}

func TestShutdown(t *testing.T) {
	f, k := serve(t)
	done := make(chan struct{})
	go func() { defer close(done); f.Execute(f.ctx, wire.Request{Code: "block"}, wire.Handlers{}) }()
	m, err := f.Request(f.ctx, wire.Control, "shutdown_request", map[string]bool{"restart": true})
	if err != nil || !strings.Contains(string(m.Content), `"restart":true`) {
		t.Fatalf("%v %v", m, err)
	}
	<-k.Done()
	start := time.Now()
	k.Close()
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("closing took %v", d)
	}
	<-done
}

func history(t *testing.T, f *front, request string) string {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal([]byte(request), &r); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(f.ask("history_request", r)["history"])
	return string(b)
}

func TestHistory(t *testing.T) {
	file := t.TempDir() + "/h.jsonl"
	first, k := serveWith(t, kernel.Options{History: file})
	first.cell("value 1")
	first.cell("print *")
	first.run(wire.Request{Code: "secret", NoHistory: true})
	k.Close()
	os.WriteFile(file, append(must(os.ReadFile(file)), "{broken\n"...), 0o600)
	f, _ := serveWith(t, kernel.Options{History: file})
	f.cell("value 3")
	f.cell("value 3")
	for request, want := range map[string]string{
		`{"hist_access_type": "tail", "n": 3}`:                                 `[[1,2,"print *"],[2,1,"value 3"],[2,2,"value 3"]]`,
		`{"hist_access_type": "tail", "n": 1, "output": true}`:                 `[[2,2,["value 3","3"]]]`,
		`{"hist_access_type": "range", "session": 0, "start": 1, "stop": 2}`:   `[[2,1,"value 3"]]`,
		`{"hist_access_type": "range", "session": -1, "start": 2}`:             `[[1,2,"print *"]]`,
		`{"hist_access_type": "range", "session": 1, "start": 1, "stop": 2}`:   `[[1,1,"value 1"]]`,
		`{"hist_access_type": "search", "pattern": "value*", "n": 2}`:          `[[2,1,"value 3"],[2,2,"value 3"]]`,
		`{"hist_access_type": "search", "pattern": "value ?", "unique": true}`: `[[1,1,"value 1"],[2,2,"value 3"]]`,
		`{"hist_access_type": "search", "pattern": "[v]alue*", "n": 2}`:        `[]`,
	} {
		if got := history(t, f, request); got != want {
			t.Errorf("%s: %s", request, got)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Where the file cannot be written, the session is remembered all the same.
func TestHistoryWithoutAFile(t *testing.T) {
	for _, path := range []string{"off", "/proc/nowhere/h.jsonl"} {
		f, _ := serveWith(t, kernel.Options{History: path})
		f.cell("value 1")
		if got := history(t, f, `{"hist_access_type": "tail", "n": 3}`); got != `[[1,1,"value 1"]]` {
			t.Errorf("%s: %s", path, got)
		}
	}
}
