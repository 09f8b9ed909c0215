package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/viz"
)

// sight is one line of what the load says.
type sight struct {
	T      float64 `json:"t"`
	Nodes  int     `json:"nodes"`
	Phase  string  `json:"phase"`
	Held   string  `json:"held"`
	Failed string  `json:"failed"`
}

// watch runs a load and returns what it said.
func watch(t *testing.T, cmd *exec.Cmd) []sight {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var seen []sight
	for sc := bufio.NewScanner(out); sc.Scan(); {
		var s sight
		if json.Unmarshal(sc.Bytes(), &s) != nil {
			continue // a line of Ray's
		}
		if s.Phase != "" || s.Held != "" || s.Failed != "" {
			t.Log(sc.Text())
		}
		seen = append(seen, s)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the load failed: %v\n%s", err, tailOf(errs.String(), 30))
	}
	return seen
}

func tailOf(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// check looks at the node counts: never above the maximum, the maximum reached, back to the head alone.
func check(t *testing.T, seen []sight, most int) {
	t.Helper()
	highest, last := 0, 0
	ended := false
	for _, s := range seen {
		highest = max(highest, s.Nodes)
		if s.Nodes > most {
			t.Errorf("%d nodes at %.1f s, and %d are allowed", s.Nodes, s.T, most)
		}
		if s.Nodes > 0 {
			last = s.Nodes
		}
		ended = ended || s.Phase == "end"
	}
	if highest != most {
		t.Errorf("at most %d nodes were seen; the load asks for %d", highest, most)
	}
	if !ended || last != 1 {
		t.Errorf("the load ended: %v, with %d nodes; at the end the head is alone", ended, last)
	}
}

// draw makes the picture of nodes over time, as steps, with the phases in its title.
func draw(t *testing.T, name, title string, seen []sight) {
	t.Helper()
	var x, y []float64
	var phases strings.Builder
	for _, s := range seen {
		if s.Phase != "" {
			fmt.Fprintf(&phases, "%6.1f s  %s\n", s.T, s.Phase)
		}
		if s.Nodes == 0 {
			continue
		}
		if n := len(y); n > 0 && y[n-1] != float64(s.Nodes) {
			x, y = append(x, s.T), append(y, y[n-1])
		}
		x, y = append(x, s.T), append(y, float64(s.Nodes))
	}
	chart := viz.Lines(title, []viz.Series{{Name: "nodes", X: x, Y: y}})
	chart.XLabel, chart.YLabel = "seconds", "nodes alive"
	keep(t, name+".png", chart.PNG())
	keep(t, name+".txt", []byte(chart.Text(100)+"\n"+phases.String()))
	t.Log("\n" + chart.Text(90))
}

// Ray's autoscaler under Python's load, on a cluster that "goray up" has brought up.
func TestAutoscalerPython(t *testing.T) {
	python := withRay(t)
	h := up(t, "autoscale.yaml")
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "load.py", fmt.Sprintf("ray://127.0.0.1:%d", h.client), "120")
	cmd.Env = os.Environ()
	seen := watch(t, cmd)
	check(t, seen, 4)
	draw(t, "autoscaler-python", "Ray's autoscaler: 1 head, at most 3 workers, load of Python", seen)
}
