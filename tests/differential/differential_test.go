package differential

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/runtime/node"
)

var topics = flag.String("topics", "*", "pattern of the topics to run")

// TestMain is also the process that runs a topic in cells, and a worker.
func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{Code: notebook.New(os.DirFS("../..")).WorkerCode(typed.New), Trace: trace})
	}
	if file := os.Getenv(childFile); file != "" {
		first, err := strconv.Atoi(os.Getenv(childFirst))
		if err == nil {
			err = runTopic(file, first, os.NewFile(3, "answers"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// known reads the reasons of known failures by program.
func known(t *testing.T) map[string]string {
	data, err := os.ReadFile("known_failures.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Fatalf("known_failures.txt: %q gives no reason; write topic/program: reason", line)
		}
		out[name] = reason
	}
	return out
}

// TestDifferential runs every program compiled and in cells.
func TestDifferential(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: nothing to compare with")
	}
	files, err := filepath.Glob("testdata/" + *topics + ".txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no topics", err)
	}
	byFile := map[string][]program{}
	var all []program
	for _, file := range files {
		programs, err := readTopic(file)
		if err != nil {
			t.Fatal(err)
		}
		byFile[file] = programs
		all = append(all, programs...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	start := time.Now()
	want, err := runCompiled(ctx, t.TempDir(), all)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d programs compiled and run in %v", len(all), time.Since(start).Round(time.Millisecond))
	failures := known(t)
	for name := range failures {
		if _, ok := want[name]; !ok && *topics == "*" {
			t.Errorf("known_failures.txt: there is no program %s", name)
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			got, err := runInCells(t.Context(), file, byFile[file])
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range byFile[file] {
				t.Run(p.name, func(t *testing.T) {
					compare(t, got[p.String()], want[p.String()], failures[p.String()])
				})
			}
		})
	}
}

func compare(t *testing.T, got, want, reason string) {
	t.Helper()
	switch {
	case want == "":
		t.Error("the compiled program prints nothing: there is nothing to compare")
	case got == want && reason != "":
		t.Errorf("passes; remove it from known_failures.txt (%s)", reason)
	case got != want && reason == "":
		t.Error(difference(want, got))
	case got != want:
		t.Skip("known failure: ", reason)
	}
}

// difference shows the first line that differs with what follows it.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	i := 0
	for i < len(w)-1 && i < len(g)-1 && w[i] == g[i] {
		i++
	}
	rest := func(lines []string) string { return strings.Join(lines[i:min(len(lines), i+6)], "\n") }
	return fmt.Sprintf("line %d\ncompiled:\n%s\nin cells:\n%s", i+1, rest(w), rest(g))
}
