package backendtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// stay tells in a file where it runs and which GPUs it has, and runs until it is ended.
func stay(ctx context.Context, dir string) error {
	t := core.TaskFrom(ctx)
	text := fmt.Sprintf("%s %v %s", where(ctx), t.GPUIDs, os.Getenv("CUDA_VISIBLE_DEVICES"))
	whole := filepath.Join(dir, t.TaskID.String())
	if err := os.WriteFile(whole+".part", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(whole+".part", whole+".stays"); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// groupsInside makes a placement group in a task, finds it by its name, and removes it.
func groupsInside(ctx context.Context) (string, error) {
	b := core.TaskFrom(ctx).Backend
	p := b.(core.Placer)
	id := b.NewID()
	if err := p.CreateGroup(core.PlacementGroup{ID: id, Name: "inner", Namespace: "tests", Bundles: []core.Resources{{core.CPU: 0.5}}}); err != nil {
		return "", err
	}
	if _, err := b.Get(ctx, []core.ID{id}); err != nil {
		return "", err
	}
	info, err := p.LookupGroup("inner", "tests")
	if err != nil {
		return "", err
	}
	second := p.CreateGroup(core.PlacementGroup{ID: b.NewID(), Name: "inner", Namespace: "tests", Bundles: []core.Resources{{core.CPU: 0.5}}})
	state := info.State
	if e, ok := b.(core.Explainer); ok {
		x, err := e.Explain(id)
		if err != nil {
			return "", err
		}
		state = x.State
	}
	if err := p.RemoveGroup(id); err != nil {
		return "", err
	}
	_, missing := p.LookupGroup("inner", "tests")
	list, err := p.Groups()
	return fmt.Sprint(info.State, " ", second == core.ErrGroupExists, " ", state, " ", missing == core.ErrGroupNotFound, " ", list[len(list)-1].State), err
}

// stays are the tasks of a directory that run, "node [gpus] visible" each, sorted.
func (s *suite) stays(dir string, n int) (list []string) {
	s.Helper()
	s.eventually(fmt.Sprintf("%d tasks that run", n), func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "*.stays"))
		return len(found) == n
	})
	found, _ := filepath.Glob(filepath.Join(dir, "*.stays"))
	for _, name := range found {
		b, err := os.ReadFile(name)
		if err != nil {
			s.Fatal(err)
		}
		list = append(list, string(b))
	}
	slices.Sort(list)
	return list
}

// placer is the backend; backends without placement groups are not asked.
func (s *suite) placer() core.Placer {
	p, ok := s.b.(core.Placer)
	if !ok {
		s.Skip("this backend has no placement groups")
	}
	return p
}

func (s *suite) group(p sched.Placement, bundles ...core.Resources) core.ID {
	s.Helper()
	g := core.PlacementGroup{ID: s.b.NewID(), Namespace: "tests", Bundles: bundles, Placement: p}
	if err := s.placer().CreateGroup(g); err != nil {
		s.Fatal(err)
	}
	return g.ID
}

// info is what the table says of a group.
func (s *suite) info(id core.ID) core.GroupInfo {
	s.Helper()
	list, err := s.placer().Groups()
	if err != nil {
		s.Fatal(err)
	}
	i := slices.IndexFunc(list, func(i core.GroupInfo) bool { return i.ID == id })
	if i < 0 {
		s.Fatalf("group %s is not in the table", id)
	}
	return list[i]
}

func inGroup(id core.ID, bundle int, r core.Resources) func(*core.Options) {
	return func(o *core.Options) {
		o.Resources = r
		o.Strategy = core.Strategy{Kind: sched.InGroup, Group: sched.Group(id), Bundle: bundle}
	}
}

func strategy(g core.Strategy) func(*core.Options) {
	return func(o *core.Options) { o.Strategy = g }
}

var oneCPU = core.Resources{core.CPU: 1}

// told is where the warnings of a session go.
type told struct{ r, w, before *os.File }

// listen makes a session's warnings readable.
func (t *told) listen(*core.Config) {
	t.before = os.Stderr
	t.r, t.w, _ = os.Pipe()
	os.Stderr = t.w
}

// next waits for a warning.
func (t *told) next(s *suite) string {
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(t.r).ReadString('\n')
		lines <- strings.TrimSpace(line)
	}()
	defer func() {
		t.w.Close()
		t.r.Close()
	}()
	select {
	case line := <-lines:
		os.Stderr = t.before
		return line
	case <-s.ctx.Done():
		os.Stderr = t.before
		s.Fatal("no warning")
		return ""
	}
}

var warnings told

// placementScenarios run on every backend; those that need several nodes add them as virtual ones.
var placementScenarios = []configured{
	{"a group reserves all of its bundles, and its removal ends what is in it", just, func(s *suite) {
		dir := s.TempDir()
		g := s.group(sched.Pack, oneCPU, core.Resources{core.CPU: 0.5, core.GPU: 1})
		s.want(g, true)
		if i := s.info(g); i.State != "CREATED" || i.Nodes[0] == "" || i.Nodes[0] != i.Nodes[1] {
			s.Errorf("%+v", i)
		}
		if r := s.b.Available(); r[core.CPU] != 0.5 || r[core.GPU] != 0 {
			s.Errorf("beside the group there is %v", r)
		}
		running := s.taskWith(inGroup(g, 0, oneCPU), stay, dir)
		waiting := s.taskWith(inGroup(g, 0, oneCPU), nothing)
		actor := s.actor(inGroup(g, 1, core.Resources{core.GPU: 0.5}), newCounter, 1)
		s.want(s.call(actor, (*counter).add, 1), 2)
		s.stays(dir, 1)
		if err := s.placer().RemoveGroup(g); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(running, core.GroupRemoved)
		s.wantFailure(waiting, core.GroupRemoved)
		s.wantFailure(s.taskWith(inGroup(g, 0, oneCPU), nothing), core.GroupRemoved)
		s.wantText(s.wantFailure(s.call(actor, (*counter).add, 1), core.ActorDied), "placement group has been removed")
		s.eventually("the return of the resources", func() bool {
			r := s.b.Available()
			return r[core.CPU] == 2 && r[core.GPU] == 1
		})
	}},
	{"groups wait for each other, whole", just, func(s *suite) {
		first := s.group(sched.StrictPack, core.Resources{core.CPU: 1.5})
		s.want(first, true)
		second := s.group(sched.StrictPack, oneCPU, oneCPU)
		if r := s.b.Available(); r[core.CPU] != 0.5 {
			s.Errorf("a group that waits has reserved something: %v", r)
		}
		if i := s.info(second); i.State != "PENDING" || s.explains() && !strings.Contains(i.Waiting, "0.5 of 2 is free") {
			s.Errorf("%+v", i)
		}
		if err := s.placer().RemoveGroup(first); err != nil {
			s.Fatal(err)
		}
		s.want(second, true)
	}},
	{"a group is made and removed in a task", just, func(s *suite) {
		s.placer()
		s.want(s.task(groupsInside), "CREATED true CREATED true REMOVED")
	}},
	{"fractions share GPUs, wholes do not", withGPUs(2), func(s *suite) {
		dir := s.TempDir()
		for range 4 {
			s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.GPU: 0.5} }, stay, dir)
		}
		whole := s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.GPU: 1} }, stay, dir)
		got := s.gpus(s.stays(dir, 4))
		if want := "[0] [0] [1] [1]"; got != want {
			s.Errorf("four halves got %s, want %s", got, want)
		}
		if ready, err := s.b.Wait(s.ctx, []core.ID{whole}, 1, 0); err != nil || ready[0] {
			s.Errorf("a whole GPU was found beside the halves: %v, %v", ready, err)
		}
	}},
	{"an actor keeps its GPUs", withGPUs(3), func(s *suite) {
		dir := s.TempDir()
		a := s.actor(func(o *core.Options) { o.Resources = core.Resources{core.GPU: 2} }, newCounter, 0)
		s.call(a, (*counter).stay, dir)
		s.stays(dir, 1)
		s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.GPU: 1} }, stay, dir)
		if got := s.gpus(s.stays(dir, 2)); got != "[0 1] [2]" {
			s.Error(got)
		}
	}},
	{"strategies with one node", just, func(s *suite) {
		s.placer()
		node := s.b.Nodes()[0].ID
		for name, g := range map[string]core.Strategy{
			"spread":        {Kind: sched.Spread},
			"affinity":      {Kind: sched.Affinity, Node: node},
			"soft affinity": {Kind: sched.Affinity, Node: "elsewhere", Soft: true},
			"label":         {Hard: []sched.Match{{Key: sched.NodeIDLabel, Values: []string{node}}, {Key: "zone", Op: sched.NotExists}}},
			"preference":    {Prefer: []sched.Match{{Key: "zone", Values: []string{"a"}}}},
		} {
			if got, f := s.value(s.taskWith(strategy(g), where)); f != nil || got != node {
				s.Errorf("%s: %v, %+v", name, got, f)
			}
		}
		s.wantFailure(s.taskWith(strategy(core.Strategy{Kind: sched.Affinity, Node: "elsewhere"}), where), core.Infeasible)
		f := s.wantFailure(s.taskWith(strategy(core.Strategy{FailFast: true, Hard: []sched.Match{{Key: "zone", Values: []string{"a"}}}}), where), core.Infeasible)
		if !strings.Contains(f.Text, "its label zone (missing) is not zone in(a)") {
			s.Error(f.Text)
		}
	}},
	{"what no node can run waits, and says why", just, func(s *suite) {
		s.placer()
		id := s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.CPU: 36} }, nothing)
		after := s.task(failsTwice, ref(id))
		if ready, err := s.b.Wait(s.ctx, []core.ID{id}, 1, 0); err != nil || ready[0] {
			s.Fatalf("ready %v, %v", ready, err)
		}
		x := s.explain(id)
		if x.State != "WAITING_FOR_RESOURCES" || x.Asks != "CPU 36" || x.Infeasible != "it asks for CPU 36, the cluster has 2" || len(x.Nodes) != 1 || x.Nodes[0].Feasible {
			s.Errorf("%+v", x)
		}
		x = s.explain(after)
		if x.State != "WAITING_FOR_ARGUMENTS" || len(x.Objects) != 1 || x.Objects[0].ID != id || x.Objects[0].State != "WAITING_FOR_RESOURCES" {
			s.Errorf("%+v", x)
		}
		if err := s.b.Cancel(id, false, false); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(after, core.Cancelled)
	}},
	{"people are warned of what no node can run", warnings.listen, func(s *suite) {
		if _, ok := s.b.(core.Placer); !ok {
			os.Stderr = warnings.before
		}
		s.placer()
		began := time.Now()
		s.taskWith(func(o *core.Options) { o.Name, o.Resources = "greedy", core.Resources{core.CPU: 36} }, nothing)
		got := warnings.next(s)
		for _, want := range []string{"ray: warning: greedy waits", "it asks for CPU 36, the cluster has 2", "ray.FailIfInfeasible()"} {
			if !strings.Contains(got, want) {
				s.Errorf("%q does not say %q", got, want)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			s.Errorf("it was told after %v", took)
		}
	}},
	{"explanations of what runs, has failed, or is an actor", just, func(s *suite) {
		s.placer()
		dir := s.TempDir()
		a := s.actor(nil, newCounter, 0)
		s.want(s.call(a, (*counter).add, 1), 1)
		s.call(a, (*counter).stay, dir)
		s.stays(dir, 1)
		next := s.call(a, (*counter).add, 1)
		failed := s.task(failsTwice, dir)
		s.wantFailure(failed, core.UserError)
		for id, want := range map[core.ID]string{a: "actor ALIVE", next: "actor call", failed: "object FAILED", s.put(1): "object READY"} {
			if x := s.explain(id); !strings.HasPrefix(x.Kind+" "+x.State, want) || x.Note == "" {
				s.Errorf("%s: %+v", want, x)
			}
		}
		if _, err := s.b.(core.Explainer).Explain(core.MakeID(77, 77)); err == nil || !strings.Contains(err.Error(), "nothing has the id") {
			s.Error(err)
		}
	}},
}

// just leaves the configuration as it is.
func just(*core.Config) {}

func withGPUs(n float64) func(*core.Config) {
	return func(c *core.Config) { c.Resources = core.Resources{core.CPU: 8, core.GPU: n} }
}

// gpus are those of tasks that stay; where tasks have processes, the environment says the same.
func (s *suite) gpus(stays []string) string {
	s.Helper()
	var list []string
	for _, text := range stays {
		_, rest, _ := strings.Cut(text, " [")
		ids, visible, _ := strings.Cut(rest, "] ")
		list = append(list, "["+ids+"]")
		if !s.b.Info().SharesMemory && visible != strings.ReplaceAll(ids, " ", ",") {
			s.Errorf("GPUs %s, but CUDA_VISIBLE_DEVICES is %q", ids, visible)
		}
	}
	return strings.Join(list, " ")
}

func (s *suite) explain(id core.ID) core.Explanation {
	s.Helper()
	x, err := s.b.(core.Explainer).Explain(id)
	if err != nil {
		s.Fatal(err)
	}
	return x
}

func (c *counter) stay(ctx context.Context, dir string) error { return stay(ctx, dir) }
