package repl

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

// startKernel serves a kernel whose cells run in a child of this binary, and returns its
// connection file.
func startKernel(t *testing.T) string {
	t.Helper()
	t.Setenv("GORAY_REPL_CHILD", "session")
	k, err := kernel.Serve(context.Background(), wire.Connection{Key: "secret"}, kernel.Options{
		Start: session.Command(os.Args[0]), History: "off", Log: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	path := filepath.Join(t.TempDir(), "kernel.json")
	if err := k.Connection().Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExisting(t *testing.T) {
	path := startKernel(t)
	run := func(input string) (stdout, stderr string, status int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var out, errs bytes.Buffer
		status = Main(ctx, Options{Existing: path, In: strings.NewReader(input), Out: &out, Err: &errs, History: "-"})
		return out.String(), errs.String(), status
	}
	if out, errs, status := run("set x 41\nprint hello\nx\nlive\n?print\n"); out != "hello\n41\nstep 2\nfunc print(text string)\n\nprint prints.\n" || errs != "" || status != 0 {
		t.Errorf("%q %q %d", out, errs, status)
	}
	// The session is the kernel's: it goes on.
	if out, errs, status := run("x\n{\nbad\n}\nprint never\n"); out != "41\n" || !strings.Contains(errs, "undefined: bad") || strings.Contains(errs, "\x1b") || status != 1 {
		t.Errorf("%q %q %d", out, errs, status)
	}
}

func TestExistingIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kernel.json")
	var errs bytes.Buffer
	if status := Main(t.Context(), Options{Existing: path, In: strings.NewReader(""), Out: io.Discard, Err: &errs}); status != 1 || errs.Len() == 0 {
		t.Errorf("%d %q", status, errs.String())
	}
	gone := wire.Connection{Transport: "tcp", IP: "127.0.0.1", Heartbeat: 1, Shell: 1, Control: 1, Stdin: 1, IOPub: 1, Key: "k"}
	if err := gone.Write(path); err != nil {
		t.Fatal(err)
	}
	errs.Reset()
	if status := Main(t.Context(), Options{Existing: path, In: strings.NewReader(""), Out: io.Discard, Err: &errs}); status != 1 || !strings.Contains(errs.String(), "gone") {
		t.Errorf("%d %q", status, errs.String())
	}
}

func TestRemoteQuestions(t *testing.T) {
	path := startKernel(t)
	r, err := attach(t.Context(), path, newScreen(terminal{}, strings.NewReader(""), io.Discard), io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if status, _ := r.isComplete("{\n"); status != engine.Incomplete {
		t.Error(status)
	}
	c := r.complete("日本 prin", len("日本 prin"))
	if len(c.Items) != 2 || c.Items[0].Text != "print" || c.Items[0].Signature != "func(text string)" || c.Start != len("日本 ") || c.End != len("日本 prin") {
		t.Errorf("%+v", c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.screen.out = writerFunc(func(p []byte) (int, error) { return len(p), nil })
	r.out = writerFunc(func(p []byte) (int, error) {
		cancel() // when "looping" comes
		return len(p), nil
	})
	out := r.execute(ctx, engine.Cell{Source: "loop"})
	if out.Err != engine.ErrInterrupted {
		t.Error(out.Err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
