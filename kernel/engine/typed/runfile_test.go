package typed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

func runProgram(t *testing.T, ctx context.Context, src string, args ...string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prog.go")
	if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	return RunFile(ctx, engine.Config{}, path, args...)
}

func TestRunFile(t *testing.T) {
	ctx := context.Background()
	out := filepath.Join(t.TempDir(), "out")
	err := runProgram(t, ctx, "package main\n\nimport \"os\"\n\nvar greeting = hello()\n\nfunc hello() string { return \"hello \" }\n\nfunc init() { greeting += \"dear \" }\n\nfunc main() {\n\tos.WriteFile(os.Args[1], []byte(greeting+os.Args[2]), 0o600)\n}\n", out, "world")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(out); string(got) != "hello dear world" {
		t.Errorf("the program wrote %q, %v", got, err)
	}

	err = runProgram(t, ctx, "package main\n\nfunc f(a []int) int { return a[3] }\n\nfunc main() {\n\tf(nil)\n}\n")
	var p *engine.PanicError
	if !errors.As(err, &p) || len(p.Frames) != 2 || p.Frames[0].Function != "f" || p.Frames[0].Line != 3 || p.Frames[1].Line != 6 {
		t.Errorf("panic: %#v", err)
	}
	if s := FormatPanic(p); !strings.HasPrefix(s, "panic: runtime error: index out of range [3] with length 0\n\ngoroutine [running]:\nf(...)\n\t") {
		t.Errorf("formatted: %s", s)
	}

	err = runProgram(t, ctx, "package main\n\nfunc main() {\n\tx := 1\n\treturn 2\n}\n")
	var c *engine.CompileError
	if !errors.As(err, &c) || !strings.Contains(err.Error(), ":4:2: declared and not used: x") || !strings.Contains(err.Error(), ":5:") {
		t.Errorf("compile error: %v", err)
	}
	if err := runProgram(t, ctx, "package main\n\nvar x = 1\n"); err == nil || !strings.Contains(err.Error(), "func main") {
		t.Errorf("without main: %v", err)
	}

	ctx, cancel := context.WithCancel(ctx)
	started := filepath.Join(t.TempDir(), "started")
	if err := os.Symlink("nowhere", started); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer cancel()
		for _, err := os.Lstat(started); err == nil; _, err = os.Lstat(started) {
		}
	}()
	err = runProgram(t, ctx, "package main\n\nimport \"os\"\n\nfunc main() {\n\tos.Remove(os.Args[1])\n\tfor {\n\t}\n}\n", started)
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Errorf("interrupted: %v", err)
	}
}
