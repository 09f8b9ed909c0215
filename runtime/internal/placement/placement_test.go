package placement_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/placement"
	"github.com/goray/goray/runtime/internal/sched"
)

func newTable(cpus float64) (*sched.Sched, *placement.Table) {
	s := sched.New(sched.Config{Name: "n1", Total: map[string]float64{"CPU": cpus}})
	return s, placement.New(s)
}

// act tells the table what the scheduler has done.
func act(s *sched.Sched, t *placement.Table) {
	for _, a := range s.Actions() {
		if a.Kind == sched.GroupReady {
			t.Placed(a)
		}
	}
}

func group(id core.ID, name string, cpus ...float64) core.PlacementGroup {
	g := core.PlacementGroup{ID: id, Name: name, Namespace: "tests"}
	for _, n := range cpus {
		g.Bundles = append(g.Bundles, core.Resources{core.CPU: n})
	}
	return g
}

func TestTable(t *testing.T) {
	s, table := newTable(2)
	for _, g := range []core.PlacementGroup{group(1, "first", 1, 1), group(2, "", 1), group(3, "far", 9)} {
		if err := table.Create(g); err != nil {
			t.Fatal(err)
		}
	}
	act(s, table)
	if err := table.Create(group(4, "first", 1)); !errors.Is(err, core.ErrGroupExists) {
		t.Error(err)
	}
	got := func() string {
		var lines []string
		for _, i := range table.List() {
			lines = append(lines, fmt.Sprintf("%d %q %s %q %s", i.ID, i.Name, i.State, i.Nodes, i.Waiting))
		}
		return strings.Join(lines, "\n")
	}
	if got, want := got(), `1 "first" CREATED ["n1" "n1"] 
2 "" PENDING [""] n1: bundle 0: asks for CPU 1, 0 of 2 is free
3 "far" PENDING [""] PACK of 1 bundle(s) does not fit on the nodes that there are: n1: bundle 0: asks for CPU 9, has 2`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if i, err := table.Lookup("first", "tests"); err != nil || i.ID != 1 {
		t.Error(i, err)
	}
	if _, err := table.Lookup("first", "elsewhere"); !errors.Is(err, core.ErrGroupNotFound) {
		t.Error(err)
	}
	if !table.Remove(1) || table.Remove(1) || table.Remove(77) {
		t.Error("a group is removed once")
	}
	act(s, table)
	if got, want := got(), `1 "first" REMOVED ["n1" "n1"] 
2 "" CREATED ["n1"] 
3 "far" PENDING [""] PACK of 1 bundle(s) does not fit on the nodes that there are: n1: bundle 0: asks for CPU 9, has 2`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if x, ok := table.Group(1); !ok || x.State != "REMOVED" || x.Asks != "{CPU 1}, {CPU 1}" {
		t.Error(x, ok)
	}
	if _, ok := table.Group(5); ok {
		t.Error("explained what is not there")
	}
}

// A program that makes groups in a loop must not fill the table.
func TestTableForgets(t *testing.T) {
	_, table := newTable(2)
	for id := range core.ID(2500) {
		if err := table.Create(group(id+1, "again", 1)); err != nil {
			t.Fatal(err)
		}
		table.Remove(id + 1)
	}
	if n := len(table.List()); n < 1000 || n > 1002 {
		t.Errorf("%d groups are remembered", n)
	}
	if table.Has(1) || !table.Has(2500) {
		t.Error("the oldest are forgotten first")
	}
}

func TestWatchTellsOnce(t *testing.T) {
	s, table := newTable(2)
	var w placement.Watch
	look := func() string {
		return strings.Join(w.Look(s, table, func(id core.ID) string { return fmt.Sprint("task ", uint64(id)) }), "\n")
	}
	shape, _ := s.Shape(map[string]float64{"CPU": 4})
	for task := range sched.Task(3) {
		s.Ready(task+1, shape)
	}
	if err := table.Create(group(9, "wide", 5)); err != nil {
		t.Fatal(err)
	}
	got := look()
	for _, want := range []string{
		"ray: warning: task 1 and 2 more wait for what no node has: it asks for CPU 4, the cluster has 2; ask for less",
		`ray: warning: placement group "wide" waits for what no node has: PACK of 1 bundle(s) does not fit`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	if again := look(); again != "" {
		t.Errorf("told again: %s", again)
	}
	s.AddNode(sched.NodeConfig{Name: "n2", Total: map[string]float64{"CPU": 8}})
	if now := look(); now != "" {
		t.Errorf("told, although a node came: %s", now)
	}
	s.RemoveNode(2)
	if again := look(); !strings.Contains(again, "task 1 and 2 more wait") {
		t.Errorf("not told after the node was gone: %q", again)
	}
}
