package ray_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// where tells what a task knows of its placement.
func where(ctx context.Context) string {
	c := ray.CurrentContext(ctx)
	return fmt.Sprintf("%v %d", c.PlacementGroupID != "", c.Bundle)
}

// whereChild tells what a task knows that a task submits.
func whereChild(ctx context.Context) (string, error) {
	return ray.GetContext(ctx, ray.Remote[string](where).Options(ray.NumCPUs(0.1)).Remote())
}

// untilCancelled runs until somebody ends it.
func untilCancelled(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestPlacementGroup(t *testing.T) {
	both(t, func(t *testing.T) {
		pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 0.5}}, ray.Pack, ray.Name("pair"))
		if ready, err := ray.Get(ray.RefOf[bool](pg.Ready())); err != nil || !ready {
			t.Fatal(ready, err)
		}
		if free := ray.AvailableResources()["CPU"]; free != 0.5 {
			t.Errorf("%g CPUs are free beside the group, want 0.5", free)
		}
		within := ray.Remote[string](where).Options(ray.InPlacementGroup(pg, 0))
		check(t, within.Remote(), "true 0")
		half := ray.InPlacementGroup(pg, 1)
		check(t, ray.Remote[string](whereChild).Options(ray.NumCPUs(0.3), half).Remote(), "false 0")
		check(t, ray.Remote[string](whereChild).Options(ray.NumCPUs(0.3), half, ray.CaptureChildTasks()).Remote(), "true -1")

		same, err := ray.GetPlacementGroup("pair")
		if err != nil || same.ID() != pg.ID() || same.String() != pg.String() {
			t.Errorf("found %v, want %v: %v", same, pg, err)
		}
		if err := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}}, ray.Pack, ray.Name("pair")).Err(); !errors.Is(err, ray.ErrPlacementGroupExists) {
			t.Error(err)
		}
		table, err := ray.PlacementGroups()
		if err != nil || len(table) != 1 || table[0].State != "CREATED" || table[0].Nodes[0] != ray.Nodes()[0].ID {
			t.Error(table, err)
		}

		running := ray.Remote[any](untilCancelled).Options(ray.InPlacementGroup(pg, 0)).Remote()
		waiting := within.Remote()
		actor := ray.Actor[Counter](NewCounter).Options(ray.NumCPUs(0.2), ray.InPlacementGroup(pg, 1)).Remote(0)
		check(t, ray.Call[int](actor, (*Counter).Inc, 1), 1)
		if err := pg.Remove(); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"running": failed(running), "waiting": failed(waiting), "later": failed(within.Remote())} {
			if !errors.Is(err, ray.ErrPlacementGroupRemoved) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := failed(ray.Call[int](actor, (*Counter).Inc, 1)); !errors.Is(err, ray.ErrActorDied) || !strings.Contains(err.Error(), "placement group has been removed") {
			t.Error(err)
		}
		if _, err := ray.GetPlacementGroup("pair"); !errors.Is(err, ray.ErrPlacementGroupNotFound) {
			t.Error(err)
		}
	})
}

func TestPlacementGroupThatWaits(t *testing.T) {
	both(t, func(t *testing.T) {
		pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1}}, ray.StrictSpread)
		err := pg.Wait(time.Millisecond)
		if !errors.Is(err, ray.ErrGetTimeout) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "STRICT_SPREAD needs a node for each of 2 bundles, the cluster has 1; it goes on waiting") {
			t.Fatal(err)
		}
		x, err := ray.Explain(pg)
		if err != nil {
			t.Fatal(err)
		}
		if want := "STRICT_SPREAD needs a node for each of 2 bundles, the cluster has 1"; x.Infeasible != want || x.State != "PENDING" {
			t.Error(x)
		}
		if free := ray.AvailableResources()["CPU"]; free != 2 {
			t.Errorf("a group that waits has reserved: %g CPUs are free", free)
		}
		if err := pg.Remove(); err != nil {
			t.Fatal(err)
		}
		if err := failed(ray.RefOf[bool](pg.Ready())); !errors.Is(err, ray.ErrPlacementGroupRemoved) {
			t.Error(err)
		}
	})
}

func TestPlacementGroupMistakes(t *testing.T) {
	start(t, ray.Config{InProcess: true, NumCPUs: 2})
	one := []ray.Bundle{{"CPU": 1}}
	pg := ray.NewPlacementGroup(one, ray.Pack)
	sq := ray.Remote[int](square)
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"strategy", ray.NewPlacementGroup(one, "DEFAULT").Err(), `the strategy is "DEFAULT"; use ray.Pack`},
		{"no bundles", ray.NewPlacementGroup(nil, ray.Pack).Err(), "there are no bundles; give at least one"},
		{"empty bundle", ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 0}}, ray.Pack).Err(), "bundle 1 asks for nothing"},
		{"negative", ray.NewPlacementGroup([]ray.Bundle{{"CPU": -1}}, ray.Pack).Err(), `bundle 0: resource "CPU": amount -1`},
		{"option", ray.NewPlacementGroup(one, ray.Pack, ray.MaxRetries(1)).Err(), "takes ray.Name, ray.Namespace and ray.Lifetime"},
		{"nil group", failed(sq.Options(ray.InPlacementGroup(nil, 0)).Remote(1)), "the group is nil"},
		{"index", failed(sq.Options(ray.InPlacementGroup(pg, 1)).Remote(1)), "there is no bundle 1; the group has 1"},
		{"too large", failed(sq.Options(ray.NumCPUs(2), ray.InPlacementGroup(pg, 0)).Remote(1)), "bundle 0 of its placement group is smaller than what it asks for"},
		{"labels", failed(sq.Options(ray.LabelSelector(map[string]string{"a": "b"}), ray.InPlacementGroup(pg, 0)).Remote(1)), "exclude each other"},
		{"capture", failed(sq.Options(ray.CaptureChildTasks()).Remote(1)), "needs a placement group"},
		{"strategy of a task", failed(sq.Options(ray.SchedulingStrategy(ray.Pack)).Remote(1)), "use ray.DefaultStrategy or ray.Spread"},
		{"node", failed(sq.Options(ray.NodeAffinity("", true)).Remote(1)), "the node id is empty"},
		{"condition", failed(sq.Options(ray.LabelSelector(map[string]string{"zone": "in(a"})).Remote(1)), "lacks its closing bracket"},
		{"empty condition", failed(sq.Options(ray.LabelSelector(map[string]string{"zone": "in(a,)"})).Remote(1)), "is none; write"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, test.err, test.want)
		}
	}
}

func TestStrategiesOfOneNode(t *testing.T) {
	both(t, func(t *testing.T) {
		sq := ray.Remote[int](square)
		node := ray.Nodes()[0].ID
		for name, option := range map[string]ray.Option{
			"spread":   ray.SchedulingStrategy(ray.Spread),
			"default":  ray.SchedulingStrategy(ray.DefaultStrategy),
			"affinity": ray.NodeAffinity(node, false),
			"soft":     ray.NodeAffinity("elsewhere", true),
			"label":    ray.LabelSelector(map[string]string{"ray.io/node-id": node, "zone": "!in(a, b)", "disk": "!exists()"}),
			"prefer":   ray.PreferLabels(map[string]string{"zone": "a"}),
		} {
			if n, err := ray.Get(sq.Options(option).Remote(3)); err != nil || n != 9 {
				t.Errorf("%s: %v, %v", name, n, err)
			}
		}
		for name, options := range map[string][]ray.Option{
			"affinity": {ray.NodeAffinity("elsewhere", false)},
			"label":    {ray.LabelSelector(map[string]string{"zone": "a"}), ray.FailIfInfeasible()},
		} {
			if err := failed(sq.Options(options...).Remote(3)); !errors.Is(err, ray.ErrInfeasible) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestLabelsOfTheOnlyNode(t *testing.T) {
	for name, cfg := range map[string]ray.Config{"embedded": {}, "in process": {InProcess: true}} {
		t.Run(name, func(t *testing.T) {
			cfg.NumCPUs, cfg.Labels = 1, map[string]string{"zone": "eu"}
			start(t, cfg)
			if ray.Nodes()[0].Labels["zone"] != "eu" {
				t.Errorf("%+v", ray.Nodes())
			}
			sq := ray.Remote[int](square)
			check(t, sq.Options(ray.LabelSelector(map[string]string{"zone": "in(eu,us)"})).Remote(3), 9)
			err := failed(sq.Options(ray.LabelSelector(map[string]string{"zone": "us"}), ray.FailIfInfeasible()).Remote(3))
			if !errors.Is(err, ray.ErrInfeasible) || !strings.Contains(err.Error(), "its label zone=eu is not zone in(us)") {
				t.Error(err)
			}
		})
	}
}
