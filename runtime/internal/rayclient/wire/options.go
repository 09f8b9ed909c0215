package wire

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Options are the options of a Ray task or actor, by Ray's names. What is nil or empty is left out
// of the options that Ray is given.
type Options struct {
	NumCPUs         *float64           `json:"num_cpus,omitempty"`
	NumGPUs         *float64           `json:"num_gpus,omitempty"`
	Memory          *float64           `json:"memory,omitempty"`
	Resources       map[string]float64 `json:"resources,omitempty"`
	NumReturns      *int               `json:"num_returns,omitempty"`
	MaxRetries      *int               `json:"max_retries,omitempty"`
	MaxRestarts     *int               `json:"max_restarts,omitempty"`
	MaxTaskRetries  *int               `json:"max_task_retries,omitempty"`
	MaxConcurrency  *int               `json:"max_concurrency,omitempty"`
	MaxPendingCalls *int               `json:"max_pending_calls,omitempty"`
	// Retry stands for retry_exceptions=[RuntimeError].
	Retry       bool              `json:"retry,omitempty"`
	Name        string            `json:"name,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	Lifetime    string            `json:"lifetime,omitempty"`
	GetIfExists bool              `json:"get_if_exists,omitempty"`
	Labels      map[string]string `json:"label_selector,omitempty"`
	Strategy    *Strategy         `json:"strategy,omitempty"`
	// ConcurrencyGroups are those of an actor; Ray takes them where the class is made remote.
	ConcurrencyGroups map[string]int `json:"concurrency_groups,omitempty"`
	// ConcurrencyGroup is that of a call.
	ConcurrencyGroup string `json:"concurrency_group,omitempty"`
	// RuntimeEnv is made by Env.
	RuntimeEnv map[string]any `json:"runtime_env,omitempty"`
}

// Strategy is Ray's scheduling_strategy.
type Strategy struct {
	// Kind is "SPREAD", or one of Ray's classes: "node", "labels", "group".
	Kind string `json:"kind"`
	Node string `json:"node,omitempty"`
	Soft bool   `json:"soft,omitempty"`
	// Group is the core id of a placement group, which each side turns into Ray's.
	Group   core.ID `json:"group,omitzero"`
	Bundle  int     `json:"bundle,omitempty"`
	Capture bool    `json:"capture,omitempty"`
	// Hard and Prefer belong to "labels".
	Hard   []Match `json:"hard,omitempty"`
	Prefer []Match `json:"prefer,omitempty"`
}

// rayNodeIDBytes is the length of Ray's ids of nodes.
const rayNodeIDBytes = 28

// Possible makes a strategy of one that Ray would refuse because its node's id is not of the form of
// Ray's own: no strategy where it is soft, else the failure of the task. nodes are asked for where it
// matters.
func (s *Strategy) Possible(nodes func() []core.NodeInfo) (*Strategy, *core.Failure) {
	if s == nil {
		return nil, nil
	}
	if s.Kind != "node" {
		s.named(nodes)
		return s, nil
	}
	if id, err := hex.DecodeString(s.Node); err == nil && len(id) == rayNodeIDBytes {
		return s, nil
	}
	if s.Soft {
		return nil, nil
	}
	return nil, &core.Failure{Kind: core.Infeasible, Text: fmt.Sprintf("the cluster has no node %q; ray.Nodes lists them", s.Node)}
}

// Match is a condition on a label: Op is "In", "NotIn", "Exists" or "DoesNotExist", as Ray's classes
// are called.
type Match struct {
	Key    string   `json:"key"`
	Op     string   `json:"op"`
	Values []string `json:"values,omitempty"`
}

// NewOptions says in Ray's words what a task, a constructor or a call asks for.
func NewOptions(s *core.TaskSpec) (o Options, err error) {
	if s.Kind == core.ActorCall {
		o.ConcurrencyGroup = s.Group
		return o, nil // for the rest a call has what its actor has
	}
	resources(&o, s.Resources)
	o.RuntimeEnv = Env(s.Env)
	if s.Kind == core.Task {
		o.Name = s.Label()
		o.MaxRetries = &s.MaxRetries
		o.Retry = s.RetryAll || len(s.RetryErrors) > 0
		if n := len(s.Returns) + 1; n > 1 {
			o.NumReturns = &n
		}
	} else {
		actor(&o, s.Options)
	}
	o.Strategy, err = strategy(&s.Strategy)
	return o, err
}

func resources(o *Options, all core.Resources) {
	cpus := all[core.CPU]
	o.NumCPUs = &cpus // said in any case: Ray's own default for an actor is another
	for name, amount := range all {
		switch name {
		case core.CPU:
		case core.GPU:
			o.NumGPUs = &amount
		case core.Memory:
			o.Memory = &amount
		default:
			if o.Resources == nil {
				o.Resources = map[string]float64{}
			}
			o.Resources[name] = amount
		}
	}
}

func actor(o *Options, c *core.Options) {
	o.Name, o.GetIfExists, o.ConcurrencyGroups = c.Name, c.GetIfExists, c.Groups
	if c.Name != "" {
		o.Namespace = c.Namespace
	}
	if c.Detached {
		o.Lifetime = "detached"
	}
	if c.MaxRestarts != 0 {
		o.MaxRestarts = &c.MaxRestarts
	}
	if c.MaxTaskRetries != 0 {
		o.MaxTaskRetries = &c.MaxTaskRetries
	}
	if c.MaxConcurrency > 1 {
		o.MaxConcurrency = &c.MaxConcurrency
	}
	if c.MaxPendingCalls > 0 {
		o.MaxPendingCalls = &c.MaxPendingCalls
	}
}

func strategy(g *core.Strategy) (*Strategy, error) {
	labels := len(g.Hard)+len(g.Prefer) > 0
	switch {
	case g.Kind == sched.InGroup:
		return &Strategy{Kind: "group", Group: core.ID(g.Group), Bundle: g.Bundle, Capture: g.Capture}, nil
	case labels && g.Kind != sched.Default:
		return nil, fmt.Errorf("Ray has one strategy per task: labels do not go with %s; drop one", kindName(g.Kind))
	case labels:
		return &Strategy{Kind: "labels", Hard: matches(g.Hard), Prefer: matches(g.Prefer)}, nil
	case g.Kind == sched.Affinity:
		return &Strategy{Kind: "node", Node: g.Node, Soft: g.Soft}, nil
	case g.Kind == sched.Spread:
		return &Strategy{Kind: "SPREAD"}, nil
	}
	return nil, nil
}

func kindName(k sched.StrategyKind) string {
	if k == sched.Spread {
		return "Spread"
	}
	return "NodeAffinity"
}

var opNames = [...]string{sched.In: "In", sched.NotIn: "NotIn", sched.Exists: "Exists", sched.NotExists: "DoesNotExist"}

func matches(all []sched.Match) (out []Match) {
	for _, m := range all {
		out = append(out, Match{Key: m.Key, Op: opNames[m.Op], Values: m.Values})
	}
	return out
}

// String lists the names that were set, for messages.
func (o Options) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CPU %g", *o.NumCPUs)
	for name, amount := range o.Resources {
		fmt.Fprintf(&b, ", %s %g", name, amount)
	}
	return b.String()
}
