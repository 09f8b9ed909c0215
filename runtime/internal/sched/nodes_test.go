package sched_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/sched"
)

// cluster is a scheduler whose workers come up at once; events are told as text.
type cluster struct {
	*testing.T
	*sched.Sched
	workers sched.Worker
	at      map[sched.Worker]sched.Node
	runs    map[sched.Task]sched.Worker // what has been started
	said    []string                    // everything but starts and spawns
}

func newCluster(t *testing.T, nodes ...string) *cluster {
	c := &cluster{T: t, Sched: sched.New(sched.Config{}), at: map[sched.Worker]sched.Node{}, runs: map[sched.Task]sched.Worker{}}
	for i, text := range nodes {
		c.add(fmt.Sprintf("n%d", i+1), text)
	}
	return c
}

// add adds a node that is described as "CPU 4, GPU 2, zone=a".
func (c *cluster) add(name, text string) sched.Node {
	c.Helper()
	cfg := sched.NodeConfig{Name: name, Total: map[string]float64{}, Labels: map[string]string{}}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if k, v, ok := strings.Cut(part, "="); ok {
			cfg.Labels[k] = v
			continue
		}
		for name, n := range c.amounts(part) {
			cfg.Total[name] = n
		}
	}
	id := c.AddNode(cfg)
	c.settle()
	return id
}

func (c *cluster) amounts(text string) map[string]float64 {
	c.Helper()
	m := map[string]float64{}
	for part := range strings.SplitSeq(text, ",") {
		name, amount, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(amount, 64)
		if err != nil {
			c.Fatal(err)
		}
		m[name] = n
	}
	return m
}

// settle carries out what the scheduler wants.
func (c *cluster) settle() {
	for actions := c.Actions(); len(actions) > 0; actions = c.Actions() {
		for _, a := range actions {
			switch a.Kind {
			case sched.Spawn:
				c.workers++
				c.at[c.workers] = a.Node
				c.WorkerUp(c.workers, a.Node)
			case sched.Start:
				c.runs[a.Task] = a.Worker
			case sched.Stop:
				delete(c.at, a.Worker)
			default:
				c.said = append(c.said, a.String())
			}
		}
	}
}

// submit submits tasks from..to and returns where they run: "1 1 2 -", - for those that wait.
func (c *cluster) submit(from, to int, resources string, s sched.Strategy) string {
	c.Helper()
	shape := c.ShapeOf(sched.Request{Resources: c.amounts(resources), Strategy: s})
	for t := from; t <= to; t++ {
		c.Ready(sched.Task(t), shape)
		c.settle()
	}
	return c.where(from, to)
}

func (c *cluster) where(from, to int) string {
	var list []string
	for t := from; t <= to; t++ {
		if w, ok := c.runs[sched.Task(t)]; ok {
			list = append(list, fmt.Sprint(c.at[w]))
		} else {
			list = append(list, "-")
		}
	}
	return strings.Join(list, " ")
}

func (c *cluster) done(t int) {
	w := c.runs[sched.Task(t)]
	delete(c.runs, sched.Task(t))
	c.Done(w, sched.Task(t), 1e9)
	c.settle()
}

// kill removes a node and its workers, and submits again what ran there.
func (c *cluster) kill(n sched.Node) (lost []sched.Task) {
	c.RemoveNode(n)
	for w := sched.Worker(1); w <= c.workers; w++ {
		if c.at[w] == n {
			running, waiting := c.WorkerLost(w)
			if running != 0 {
				lost = append(append(lost, running), waiting...)
			}
			delete(c.at, w)
		}
	}
	for _, t := range lost {
		delete(c.runs, t)
	}
	c.settle()
	return lost
}

func (c *cluster) wants(what, got, want string) {
	c.Helper()
	if got != want {
		c.Errorf("%s: %q, want %q", what, got, want)
	}
}

// saidSo checks what else the scheduler said since the last call.
func (c *cluster) saidSo(want string) {
	c.Helper()
	c.wants("said", strings.Join(c.said, "\n"), want)
	c.said = nil
}

func TestDefaultFillsToHalfThenSpreads(t *testing.T) {
	c := newCluster(t, "CPU 4", "CPU 4")
	c.wants("order", c.submit(1, 9, "CPU 1", sched.Strategy{}), "1 1 2 2 1 2 1 2 -")
	c.done(3)
	c.wants("the ninth", c.where(9, 9), "2")
}

func TestDefaultKeepsGPUNodesFree(t *testing.T) {
	c := newCluster(t, "CPU 2, GPU 1", "CPU 2")
	c.wants("CPU tasks", c.submit(1, 3, "CPU 1", sched.Strategy{}), "2 2 1")
	c.wants("GPU tasks", c.submit(4, 5, "GPU 1", sched.Strategy{}), "1 -")
}

func TestSpread(t *testing.T) {
	c := newCluster(t, "CPU 4", "CPU 4", "CPU 1")
	c.wants("order", c.submit(1, 9, "CPU 1", sched.Strategy{Kind: sched.Spread}), "1 2 3 1 2 1 2 1 2")
}

func TestAffinity(t *testing.T) {
	c := newCluster(t, "CPU 4", "CPU 1")
	hard := sched.Strategy{Kind: sched.Affinity, Node: "n2"}
	soft := sched.Strategy{Kind: sched.Affinity, Node: "n2", Soft: true}
	c.wants("hard", c.submit(1, 2, "CPU 1", hard), "2 -")
	c.wants("soft waits for a busy node", c.submit(3, 3, "CPU 1", soft), "-")
	c.wants("soft, where it can never run there", c.submit(4, 4, "CPU 2", soft), "1")
	c.wants("no such node", c.submit(5, 5, "CPU 1", sched.Strategy{Kind: sched.Affinity, Node: "n9"}), "-")
	c.saidSo("reject 5: it must run on node n9, which is gone or never was")
	c.kill(2)
	c.saidSo("reject 2: it must run on node n2, which is gone or never was")
	c.wants("soft, after the node is gone", c.where(3, 3), "1")
}

func TestLabels(t *testing.T) {
	c := newCluster(t, "CPU 2, zone=a", "CPU 2, zone=b, disk=ssd", "CPU 2")
	in := func(values ...string) []sched.Match { return []sched.Match{{Key: "zone", Values: values}} }
	for i, test := range []struct {
		strategy sched.Strategy
		want     string
	}{
		{sched.Strategy{Hard: in("b")}, "2"},
		{sched.Strategy{Hard: in("a", "b"), Prefer: []sched.Match{{Key: "disk", Op: sched.Exists}}}, "2"},
		{sched.Strategy{Hard: []sched.Match{{Key: "zone", Op: sched.NotIn, Values: []string{"a", "b"}}}}, "3"},
		{sched.Strategy{Hard: []sched.Match{{Key: "zone", Op: sched.NotExists}}}, "3"},
		{sched.Strategy{Prefer: in("z")}, "1"},
		{sched.Strategy{Hard: in("z")}, "-"},
		{sched.Strategy{Hard: in("a"), Kind: sched.Spread}, "1"},
		{sched.Strategy{Hard: []sched.Match{{Key: sched.NodeIDLabel, Values: []string{"n3"}}}}, "-"},
	} {
		c.wants(fmt.Sprint(test.strategy), c.submit(i, i, "CPU 1", test.strategy), test.want)
	}
	c.add("n4", "CPU 1, zone=z")
	c.wants("a node came", c.where(5, 5), "4")
}

func TestLocality(t *testing.T) {
	c := newCluster(t, "CPU 2", "CPU 2")
	shape, _ := c.Shape(map[string]float64{"CPU": 1})
	for task := sched.Task(1); task <= 3; task++ {
		c.Submit(sched.Submission{Task: task, Shape: shape, Prefer: 2})
		c.settle()
	}
	c.wants("where the data is, then elsewhere", c.where(1, 3), "2 2 1")
	c.submit(4, 4, "CPU 1", sched.Strategy{})
	c.Submit(sched.Submission{Task: 5, Shape: shape, Prefer: 2})
	c.done(1)
	c.wants("waited, and came to its data", c.where(5, 5), "2")
}

func TestNodesComeAndGo(t *testing.T) {
	c := newCluster(t, "CPU 1")
	c.wants("one node", c.submit(1, 3, "CPU 1", sched.Strategy{}), "1 - -")
	c.add("n2", "CPU 1")
	c.wants("a second one", c.where(1, 3), "1 2 -")
	c.wants("available", fmt.Sprint(c.Available(), c.Total()), "map[CPU:0] map[CPU:2]")
	c.wants("lost", fmt.Sprint(c.kill(1)), "[1]")
	c.wants("available", fmt.Sprint(c.Available(), c.Total()), "map[CPU:0] map[CPU:1]")
	c.DrainNode(2)
	c.settle()
	c.saidSo("")
	c.done(2)
	c.saidSo("drained 2")
	c.wants("nothing new there", c.where(3, 3), "-")
}

func TestWhatNeverStartedGoesOnElsewhere(t *testing.T) {
	s := sched.New(sched.Config{})
	s.AddNode(sched.NodeConfig{Total: map[string]float64{"CPU": 2}})
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	for task := sched.Task(1); task <= 3; task++ {
		s.Ready(task, shape)
	}
	s.AddNode(sched.NodeConfig{Total: map[string]float64{"CPU": 4}})
	s.RemoveNode(1) // before a worker of it was up
	for w := range sched.Worker(3) {
		s.WorkerUp(w+1, 2)
	}
	got := ""
	for _, a := range s.Actions() {
		if a.Kind == sched.Start {
			got += a.String() + "; "
		}
	}
	if want := "start 3 on 1; start 1 on 2; start 2 on 3; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestDependencies(t *testing.T) {
	c := newCluster(t, "CPU 1")
	shape, _ := c.Shape(map[string]float64{"CPU": 1})
	c.Ready(1, shape)
	c.Submit(sched.Submission{Task: 2, Shape: shape, After: []sched.Task{1, 100}})
	c.Submit(sched.Submission{Task: 3, Shape: shape, After: []sched.Task{2, 2}})
	c.Submit(sched.Submission{Task: 4, Shape: shape, After: []sched.Task{1, 100}})
	c.settle()
	c.Settled(1)
	c.done(1)
	c.wants("half of the arguments", c.where(2, 4), "- - -")
	c.Remove(4, shape)
	c.Settled(100)
	c.settle()
	c.wants("all of them", c.where(2, 4), "1 - -")
	c.done(2)
	c.Settled(2)
	c.settle()
	c.wants("the next of the chain", c.where(3, 4), "1 -")
	if n := c.Queued(); n != 0 {
		t.Errorf("%d tasks are queued", n)
	}
}

func TestGPUsOfFractions(t *testing.T) {
	s := sched.New(sched.Config{Total: map[string]float64{"GPU": 2}, Prestart: 4})
	half, _ := s.Shape(map[string]float64{"GPU": 0.5})
	for w := range sched.Worker(4) {
		s.WorkerUp(w+1, 1)
		s.Ready(sched.Task(w+1), half)
	}
	got := ""
	for _, a := range s.Actions() {
		if a.Kind == sched.Start {
			got += fmt.Sprint(a.GPUs)
		}
	}
	if got != "[0][0][1][1]" {
		t.Error(got)
	}
}

func TestFailFast(t *testing.T) {
	c := newCluster(t, "CPU 2", "CPU 4")
	fast := sched.Strategy{FailFast: true}
	c.wants("infeasible", c.submit(1, 1, "CPU 8", fast), "-")
	c.saidSo("reject 1: no node can ever run it: n1: asks for CPU 8, has 2; n2: asks for CPU 8, has 4")
	c.wants("feasible", c.submit(2, 3, "CPU 4", fast), "2 -")
	c.kill(2)
	c.saidSo("reject 3: it asks for CPU 4, the cluster has 2")
}

func TestExplain(t *testing.T) {
	c := newCluster(t, "CPU 4, zone=a", "CPU 2, GPU 2, zone=b", "CPU 8, zone=b")
	c.submit(1, 1, "CPU 3", sched.Strategy{Kind: sched.Affinity, Node: "n1"})
	c.submit(2, 3, "GPU 0.6", sched.Strategy{})
	c.DrainNode(3)
	c.settle()
	for _, test := range []struct {
		resources string
		strategy  sched.Strategy
		want      string
	}{
		{"CPU 2", sched.Strategy{Hard: []sched.Match{{Key: "zone", Values: []string{"b"}}}},
			"n1: its label zone=a is not zone in(b) / n2: free / n3: takes nothing new, it is drained"},
		{"CPU 2", sched.Strategy{}, "n1: asks for CPU 2, 1 of 4 is free / n2: free / n3: takes nothing new, it is drained"},
		{"GPU 0.7, disk 1", sched.Strategy{Kind: sched.Affinity, Node: "n2"},
			"n1: is not the node asked for, n2 / n2: asks for disk 1, has none; asks for GPU 0.7, 0.8 is free but on several GPUs / n3: is not the node asked for, n2"},
	} {
		var texts []string
		for _, r := range c.Explain(c.ShapeOf(sched.Request{Resources: c.amounts(test.resources), Strategy: test.strategy})) {
			texts = append(texts, r.String())
		}
		c.wants(test.resources, strings.Join(texts, " / "), test.want)
	}
}

// An endless queue of one shape must not keep another from the same resources.
func TestShapesTakeTurns(t *testing.T) {
	c := newCluster(t, "CPU 1, disk 1")
	c.submit(1, 200, "CPU 1", sched.Strategy{})
	c.submit(201, 203, "CPU 1, disk 1", sched.Strategy{})
	done := map[int]bool{}
	var order []int // of the tasks of the second shape, by how many others were done before
	for len(order) < 3 {
		for t := 1; t <= 203; t++ {
			if _, runs := c.runs[sched.Task(t)]; runs && !done[t] {
				done[t] = true
				if t > 200 {
					order = append(order, len(done)-len(order)-1)
				}
				c.done(t)
				break
			}
		}
	}
	if order[0] > 20 {
		t.Errorf("the other shape came after %v tasks", order)
	}
}

func TestActorsThatAskForNothingAreSpread(t *testing.T) {
	c := newCluster(t, "CPU 1", "CPU 4")
	none := c.ShapeOf(sched.Request{})
	for task := sched.Task(1); task <= 4; task++ {
		c.ReadyDedicated(task, none)
		c.settle()
	}
	c.wants("actors", c.where(1, 4), "1 2 1 2")
}
