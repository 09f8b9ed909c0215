package repl

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestPiped runs testdata/*.txtar: a child gets the file stdin (or, for "goray run", the file
// script) and has to give stdout, stderr and status.
func TestPiped(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			section := map[string]*txtar.File{}
			for i := range archive.Files {
				section[archive.Files[i].Name] = &archive.Files[i]
			}
			got := runChild(t, section)
			for _, name := range []string{"stdout", "stderr", "status"} {
				text := got[name]
				if *update {
					if section[name] != nil {
						section[name].Data = []byte(text)
					} else if text != "" {
						archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
					}
					continue
				}
				want := ""
				if section[name] != nil {
					want = string(section[name].Data)
				}
				if text != want {
					t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func runChild(t *testing.T, section map[string]*txtar.File) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "GORAY_REPL_CHILD=main", "HOME="+t.TempDir(), "TERM=xterm", "COLUMNS=80")
	path := filepath.Join(t.TempDir(), "script.go")
	if script := section["script"]; script != nil {
		if err := os.WriteFile(path, script.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, "GORAY_REPL_CHILD=run", "GORAY_REPL_FILE="+path)
	}
	if stdin := section["stdin"]; stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin.Data)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status := 0
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = exit.ExitCode()
	}
	for _, out := range []string{stdout.String(), stderr.String()} {
		if strings.Contains(out, "\x1b") {
			t.Errorf("an escape sequence went into a pipe: %q", out)
		}
	}
	said := strings.ReplaceAll(stderr.String(), path, "script.go")
	return map[string]string{"stdout": stdout.String(), "stderr": said, "status": strconv.Itoa(status) + "\n"}
}

func TestPipedInterrupt(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "GORAY_REPL_CHILD=main")
	cmd.Stdin = strings.NewReader("loop\nprint never\n")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("looping\n"))
	if _, err := out.Read(line); err != nil || string(line) != "looping\n" {
		t.Fatalf("%q %v", line, err)
	}
	cmd.Process.Signal(os.Interrupt)
	began := time.Now()
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}
