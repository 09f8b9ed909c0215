//go:build linux

package cli

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestHelp asks every command for help: it is an answer, and the same as in testdata/help.txt.
func TestHelp(t *testing.T) {
	t.Parallel()
	h := newHead(t)
	var all strings.Builder
	for line := range strings.Lines(h.must("help")) {
		name, isCommand := strings.CutPrefix(line, "  goray ")
		if !isCommand {
			continue
		}
		name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
		r := h.run(name, "--help")
		if r.code != 0 || r.err != "" || !strings.HasPrefix(r.out, "usage: goray "+name) {
			t.Errorf("goray %s --help: %+v", name, r)
		}
		all.WriteString("$ goray " + name + " --help\n" + r.out + "\n")
	}
	if *update {
		if err := os.WriteFile("testdata/help.txt", []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/help.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(all.String(), "\n")
	for i, line := range strings.Split(string(want), "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("testdata/help.txt:%d has %q, not what is said now (rewrite it with -update):\n%s", i+1, line, all.String())
		}
	}
	if r := h.run("rllib"); r.code != 1 || !strings.Contains(r.err, "no reinforcement learning yet") {
		t.Errorf("goray rllib: %+v", r)
	}
}
