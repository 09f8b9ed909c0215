package backendtest

import (
	"fmt"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// onNodes are the first words of what stays.
func onNodes(stays []string) string {
	var list []string
	for _, text := range stays {
		node, _, _ := strings.Cut(text, " ")
		list = append(list, node)
	}
	return strings.Join(list, " ")
}

// spreadScenarios need several nodes, and nodes that come and go.
var spreadScenarios = []configured{
	{"a group that needs a node for each bundle waits for one", nodes("a", "b", "c"), func(s *suite) {
		dir := s.TempDir()
		three := s.group(sched.StrictSpreadOut, oneCPU, oneCPU, oneCPU)
		s.want(three, true)
		for i := range 3 {
			s.taskWith(inGroup(three, i, oneCPU), stay, dir)
		}
		if got := onNodes(s.stays(dir, 3)); got != "a b c" {
			s.Error(got)
		}
		four := s.group(sched.StrictSpreadOut, oneCPU, oneCPU, oneCPU, oneCPU)
		if !s.explains() {
			s.Log("the backend does not explain why a group waits")
		} else if x := s.explain(four); x.State != "PENDING" || x.Infeasible != "STRICT_SPREAD needs a node for each of 4 bundles, the cluster has 3" {
			s.Errorf("%+v", x)
		}
		s.add(testNode("d"))
		s.want(four, true)
		if i := s.info(four); i.State != "CREATED" || len(i.Nodes) != 4 {
			s.Errorf("%+v", i)
		}
	}},
	{"a group outlives a node", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		g := s.group(sched.StrictSpreadOut, oneCPU, oneCPU)
		s.want(g, true)
		lost := 0
		if s.info(g).Nodes[1] == "b" {
			lost = 1
		}
		s.taskWith(inGroup(g, lost, oneCPU), stay, dir)
		if got := onNodes(s.stays(dir, 1)); got != "b" {
			s.Fatal(got)
		}
		s.remove("b")
		s.eventually("the news", func() bool { return s.info(g).State == "RESCHEDULING" })
		s.add(testNode("c"))
		s.eventually("the new place", func() bool { i := s.info(g); return i.State == "CREATED" && i.Nodes[lost] == "c" })
		if got := onNodes(s.stays(dir, 1)); got != "b" && got != "c" { // the retry has the same id
			s.Error(got)
		}
		s.want(s.taskWith(inGroup(g, lost, core.Resources{}), where), "c")
		s.want(s.taskWith(inGroup(g, 1-lost, oneCPU), where), "a")
	}},
	{"spread, affinity and labels with several nodes", nodes("a", "b", "c"), func(s *suite) {
		dir := s.TempDir()
		for range 6 {
			s.taskWith(strategy(core.Strategy{Kind: sched.Spread}), stay, dir)
		}
		if got := onNodes(s.stays(dir, 6)); got != "a a b b c c" {
			s.Error(got)
		}
		none := core.Resources{}
		for name, g := range map[string]core.Strategy{
			"b": {Kind: sched.Affinity, Node: "b"},
			"c": {Hard: []sched.Match{{Key: sched.NodeIDLabel, Op: sched.NotIn, Values: []string{"a", "b"}}, {Key: "kind", Op: sched.Exists}}},
			"a": {Prefer: []sched.Match{{Key: sched.NodeIDLabel, Values: []string{"a"}}}},
		} {
			s.want(s.taskWith(func(o *core.Options) { o.Resources, o.Strategy = none, g }, where), name)
		}
		waits := s.taskWith(strategy(core.Strategy{Kind: sched.Affinity, Node: "b"}), where)
		if !s.explains() {
			s.Log("the backend does not explain why a task waits")
		} else if x := s.explain(waits); x.Where != "on node b" || len(x.Nodes) != 3 || x.Nodes[1].Text != "asks for CPU 1, 0 of 2 is free" || !x.Nodes[1].Feasible || x.Nodes[0].Feasible {
			s.Errorf("%+v", x)
		}
		soft := s.taskWith(func(o *core.Options) {
			o.Resources, o.Strategy = none, core.Strategy{Kind: sched.Affinity, Node: "x", Soft: true}
		}, nothing)
		s.want(soft, nil)
	}},
	{"what waits for a node starts when it comes", nodes("a"), func(s *suite) {
		big := s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.CPU: 1, "z": 1} }, where)
		zone := s.taskWith(strategy(core.Strategy{Hard: []sched.Match{{Key: "zone", Values: []string{"z"}}}}), where)
		n := testNode("z")
		n.Labels = map[string]string{"zone": "z"}
		s.add(n)
		s.want(big, "z")
		s.want(zone, "z")
	}},
	{"what must run on a node ends with it", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		hard := strategy(core.Strategy{Kind: sched.Affinity, Node: "b"})
		for range 2 {
			s.taskWith(hard, stay, dir)
		}
		s.stays(dir, 2)
		waiting := s.taskWith(hard, nothing)
		s.remove("b")
		s.wantText(s.wantFailure(waiting, core.Infeasible), "node b, which is gone or never was")
	}},
	{"groups under fire keep their promises", nodes("a", "b", "c"), func(s *suite) {
		s.long()
		placer := s.placer()
		var results []core.ID
		names := []string{"b", "c"}
		for round := range 12 {
			placement := []sched.Placement{sched.Pack, sched.SpreadOut, sched.StrictPack, sched.StrictSpreadOut}[round%4]
			g := s.group(placement, core.Resources{core.CPU: 0.25}, core.Resources{core.CPU: 0.25})
			for bundle := range 2 { // in all, half of what the nodes have
				for range 3 {
					results = append(results, s.taskWith(inGroup(g, bundle, core.Resources{core.CPU: 0.25}), where))
				}
			}
			a := s.actor(inGroup(g, -1, core.Resources{}), newCounter, 0) // with a CPU it could hold up tasks for ever
			results = append(results, s.call(a, (*counter).add, 1))
			switch round % 3 {
			case 0: // a node dies, and another comes
				s.remove(names[0])
				names = append(names[1:], fmt.Sprintf("node%d", round))
				s.add(testNode(names[1]))
			case 1:
				s.want(g, true)
			}
			if round%2 == 1 {
				if err := placer.RemoveGroup(g); err != nil {
					s.Fatal(err)
				}
			} else {
				defer placer.RemoveGroup(g)
			}
		}
		outcomes := map[core.FailureKind]int{}
		for _, id := range results {
			if _, f := s.value(id); f != nil {
				outcomes[f.Kind]++
			} else {
				outcomes["fine"]++
			}
		}
		for kind := range outcomes {
			switch kind {
			case "fine", core.GroupRemoved, core.ActorDied, core.WorkerCrashed:
			default:
				s.Errorf("outcomes: %v", outcomes)
			}
		}
		if outcomes["fine"] == 0 {
			s.Errorf("outcomes: %v", outcomes)
		}
	}},
}
