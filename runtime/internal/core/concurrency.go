package core

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SystemGroup is the concurrency group of the runtime's own calls of an actor, which never wait
// for others (Ray: _ray_system).
const SystemGroup = "_ray_system"

// Outcome of GroupOf for calls that belong to no group.
const defaultGroup = ""

// GroupOf is the concurrency group of a call of the actor that o belongs to: what the call says,
// or what was said of its method.
func (o *Options) GroupOf(call *TaskSpec) string {
	if call.Group != defaultGroup || len(o.MethodGroups) == 0 {
		return call.Group
	}
	name := call.Method
	if name == "" && call.Func != nil {
		name = call.Func.Name[strings.LastIndexByte(call.Func.Name, '.')+1:]
	}
	return o.MethodGroups[name]
}

// GroupLimit is how many calls of a group run at the same time; 0: there is no such group.
func (o *Options) GroupLimit(group string) int {
	switch group {
	case defaultGroup:
		return o.MaxConcurrency
	case SystemGroup:
		return systemCalls
	}
	return o.Groups[group]
}

// systemCalls is how many calls of the system run at the same time, as good as any number.
const systemCalls = 1 << 20

// NoGroup is why an actor does not take a call.
func (o *Options) NoGroup(label, actor, group string) *Failure {
	has := "it has none; create it with ray.ConcurrencyGroups"
	if names := slices.Sorted(maps.Keys(o.Groups)); len(names) > 0 {
		has = fmt.Sprintf("it has %q", names)
	}
	return &Failure{Kind: BadCall, Func: label, Text: fmt.Sprintf("the actor %s has no concurrency group %q; %s", actor, group, has)}
}

// OutOfOrder reports whether a call that waits for its arguments lets later ones of the same
// caller pass, as in Ray: where several run at the same time.
func (o *Options) OutOfOrder() bool { return o.MaxConcurrency > 1 }
