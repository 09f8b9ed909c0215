package rayclient

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

const codeNamespace = wire.Namespace

func codeKey(hash string) string { return wire.CodeKey(hash) }

// options pickles what a task asks for.
func (b *backend) options(spec *core.TaskSpec) (*pb.TaskOptions, *core.Failure) {
	o, err := wire.NewOptions(spec)
	if err != nil {
		return nil, &core.Failure{Kind: core.BadCall, Text: err.Error()}
	}
	m := map[string]any{}
	if spec.Kind == core.ActorCall {
		if o.ConcurrencyGroup == "" {
			return &pb.TaskOptions{}, nil
		}
		m["concurrency_group"] = o.ConcurrencyGroup
	}
	for name, v := range map[string]*float64{"num_cpus": o.NumCPUs, "num_gpus": o.NumGPUs, "memory": o.Memory} {
		if v != nil {
			m[name] = number(*v)
		}
	}
	for name, v := range map[string]*int{"num_returns": o.NumReturns, "max_retries": o.MaxRetries, "max_restarts": o.MaxRestarts,
		"max_task_retries": o.MaxTaskRetries, "max_concurrency": o.MaxConcurrency, "max_pending_calls": o.MaxPendingCalls} {
		if v != nil {
			m[name] = *v
		}
	}
	for name, v := range map[string]string{"name": o.Name, "namespace": o.Namespace, "lifetime": o.Lifetime} {
		if v != "" {
			m[name] = v
		}
	}
	if len(o.Resources) > 0 {
		r := map[string]any{}
		for name, amount := range o.Resources {
			r[name] = number(amount)
		}
		m["resources"] = r
	}
	if o.Retry {
		m["retry_exceptions"] = []any{pickle.Global{Module: "builtins", Name: "RuntimeError"}}
	}
	if len(o.RuntimeEnv) > 0 {
		m["runtime_env"] = o.RuntimeEnv
	}
	if o.GetIfExists {
		m["get_if_exists"] = true
	}
	possible, f := o.Strategy.Possible(b.Nodes)
	if f != nil {
		return nil, f
	}
	if possible != nil {
		s, f := b.strategy(possible)
		if f != nil {
			return nil, f
		}
		m["scheduling_strategy"] = s
	}
	return &pb.TaskOptions{PickledOptions: pickle.Dump(m)}, nil
}

// groupOptions are the options that go with an actor's class; nil without concurrency groups.
func groupOptions(groups map[string]int) *pb.TaskOptions {
	if len(groups) == 0 {
		return nil
	}
	m := map[string]any{}
	for name, n := range groups {
		m[name] = n
	}
	return &pb.TaskOptions{PickledOptions: pickle.Dump(map[string]any{"concurrency_groups": m})}
}

// number is an int where that is the same: Ray refuses fractions of amounts above 1, and 2.0 of
// some.
func number(x float64) any {
	if x == float64(int(x)) {
		return int(x)
	}
	return x
}

const strategies = "ray.util.scheduling_strategies"

// byLabels makes a strategy whose second argument has to be named.
var byLabels = call("builtins", "eval", `lambda hard, soft: __import__("ray.util.scheduling_strategies", fromlist=["x"]).NodeLabelSchedulingStrategy(hard, soft=soft)`)

// strategy is Ray's scheduling_strategy.
func (b *backend) strategy(s *wire.Strategy) (any, *core.Failure) {
	switch s.Kind {
	case "node":
		return call(strategies, "NodeAffinitySchedulingStrategy", s.Node, s.Soft), nil
	case "labels":
		return pickle.Call{Fn: byLabels, Args: pickle.Tuple{matches(s.Hard), matches(s.Prefer)}}, nil
	case "group":
		if b.ids.isRemoved(s.Group) {
			return nil, &core.Failure{Kind: core.GroupRemoved, Text: groupRemoved}
		}
		e := b.ids.find(s.Group)
		if f := b.await(e); f != nil {
			return nil, f
		}
		return call(strategies, "PlacementGroupSchedulingStrategy", groupHandle(e.group), s.Bundle, s.Capture), nil
	}
	return s.Kind, nil
}

func matches(all []wire.Match) map[string]any {
	m := map[string]any{}
	for _, x := range all {
		values := []any{}
		for _, v := range x.Values {
			values = append(values, v)
		}
		m[x.Key] = call(strategies, x.Op, values...)
	}
	return m
}
