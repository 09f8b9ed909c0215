package kernel_test

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/session/sessiontest"
	"github.com/goray/goray/kernel/wire"
)

func TestMain(m *testing.M) {
	sessiontest.Main()
	goleak.VerifyTestMain(m)
}

// front is a front end attached to a kernel of its own.
type front struct {
	*wire.Client
	t   *testing.T
	ctx context.Context
	mu  sync.Mutex
	log []string // what iopub brought: "stream stdout: text"
	got chan struct{}
}

func serve(t *testing.T) (*front, *kernel.Kernel) {
	t.Helper()
	return serveWith(t, kernel.Options{History: filepath.Join(t.TempDir(), "data", "history.jsonl")})
}

func serveWith(t *testing.T, o kernel.Options) (*front, *kernel.Kernel) {
	t.Helper()
	o.Start, o.Log = sessiontest.Start, io.Discard
	k, err := kernel.Serve(context.Background(), wire.Connection{Key: "secret"}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	c, err := wire.Dial(ctx, k.Connection())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &front{Client: c, t: t, ctx: ctx, got: make(chan struct{}, 1)}, k
}

func (f *front) note(m *wire.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	line := describe(m)
	if n := len(f.log); n > 0 && m.Header.Type == "stream" { // how it is cut is another test
		head, _, _ := strings.Cut(line, ": ")
		if strings.HasPrefix(f.log[n-1], head) {
			f.log[n-1] += strings.TrimPrefix(line, head+": ")
			line = ""
		}
	}
	if line != "" {
		f.log = append(f.log, line)
	}
	select {
	case f.got <- struct{}{}:
	default:
	}
}

// describe says in a line what a message on iopub shows.
func describe(m *wire.Message) string {
	var c struct {
		State     string `json:"execution_state"`
		Name      string
		Text      string
		Code      string
		EName     string
		Wait      bool
		Count     int               `json:"execution_count"`
		Data      map[string]any    `json:"data"`
		Transient map[string]string `json:"transient"`
	}
	json.Unmarshal(m.Content, &c)
	switch m.Header.Type {
	case "status":
		return c.State
	case "stream":
		return "stream " + c.Name + ": " + c.Text
	case "execute_input":
		return "input " + c.Code
	case "error":
		return "error " + c.EName
	case "clear_output":
		return "clear"
	}
	text, _ := c.Data["text/plain"].(string)
	return strings.TrimSpace(m.Header.Type + " " + c.Transient["display_id"] + " " + text)
}

// take returns what came since the last time.
func (f *front) take() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := strings.Join(f.log, "|")
	f.log = nil
	return s
}

func (f *front) saw(text string) {
	f.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		f.mu.Lock()
		have := strings.Contains(strings.Join(f.log, "|"), text)
		f.mu.Unlock()
		if have {
			return
		}
		select {
		case <-f.got:
		case <-deadline:
			f.t.Fatalf("%q never came, only %q", text, f.take())
		}
	}
}

func (f *front) run(r wire.Request) wire.Reply {
	f.t.Helper()
	reply, err := f.Execute(f.ctx, r, wire.Handlers{Output: f.note})
	if err != nil {
		f.t.Fatalf("%q: %v", r.Code, err)
	}
	return reply
}

func (f *front) cell(code string) wire.Reply {
	f.t.Helper()
	return f.run(wire.Request{Code: code, StopOnError: true})
}

// ask sends a request on shell and decodes the reply.
func (f *front) ask(typ string, content any) map[string]any {
	f.t.Helper()
	m, err := f.Request(f.ctx, wire.Shell, typ, content)
	if err != nil {
		f.t.Fatalf("%s: %v", typ, err)
	}
	var v map[string]any
	json.Unmarshal(m.Content, &v)
	return v
}
