package ray

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// TaskTimeout is how long a task, or a call of an actor, may take from its submission, waiting for
// arguments and resources included. One that has not begun then never does; the context of a
// running one ends with context.DeadlineExceeded, and those of the tasks that it submitted are
// cancelled. Its reference has an error that is ErrTaskTimeout and context.DeadlineExceeded. Attempts
// after a crash share the time. Default: none.
//
//	fit := ray.Remote[Model](train).Options(ray.TaskTimeout(10 * time.Minute))
//	n, err := ray.Get(ray.Call[int](h.Options(ray.TaskTimeout(time.Second)), (*Counter).Inc, 1))
func TaskTimeout(d time.Duration) Option {
	return Option{func(o *core.Options) error {
		if d <= 0 {
			return fmt.Errorf("TaskTimeout is %v; use a duration above 0", d)
		}
		o.Timeout = d
		return nil
	}}
}

// ConcurrencyGroups gives an actor groups of calls, each with how many of them run at the same
// time; calls of different groups do not wait for each other. MethodGroup puts methods into them,
// and ConcurrencyGroup single calls. All others are in the default group, whose limit is
// MaxConcurrency. With several calls at a time the methods run in parallel goroutines and must
// protect their state. Default: none.
//
//	a := ray.Actor[Server](NewServer).Options(
//		ray.ConcurrencyGroups(map[string]int{"io": 8, "compute": 1}),
//		ray.MethodGroup("io", (*Server).Load, (*Server).Store))
func ConcurrencyGroups(limits map[string]int) Option {
	return Option{func(o *core.Options) error {
		for name, limit := range limits {
			switch {
			case name == "" || strings.HasPrefix(name, "_ray_system"):
				return fmt.Errorf("ConcurrencyGroups: %q is not a name; choose another", name)
			case limit < 1:
				return fmt.Errorf("ConcurrencyGroups: group %q has the limit %d; use a number ≥ 1", name, limit)
			}
		}
		o.Groups = maps.Clone(limits)
		return nil
	}}
}

// MethodGroup puts methods of an actor, method expressions or names, into one of its concurrency
// groups. Default: none, they are in the default group.
func MethodGroup(group string, methods ...any) Option {
	return Option{func(o *core.Options) error {
		o.MethodGroups = maps.Clone(o.MethodGroups)
		if o.MethodGroups == nil {
			o.MethodGroups = map[string]string{}
		}
		for _, m := range methods {
			name := methodName(m)
			if name == "" {
				return fmt.Errorf("MethodGroup: %T is not a method; give method expressions such as (*Counter).Inc, or names", m)
			}
			o.MethodGroups[name] = group
		}
		return nil
	}}
}

// methodName is the name of a method expression, or of what has the name; "" for anything else.
func methodName(m any) string {
	if name, ok := m.(string); ok {
		return name
	}
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Func || v.IsNil() || v.Type().NumIn() == 0 {
		return ""
	}
	if code := core.CurrentCode(); code != nil {
		if name, ok := code.MethodName(m); ok {
			return name
		}
	}
	return strings.TrimSuffix(compiledMethodName(v), "-fm")
}

// ConcurrencyGroup puts the calls of a handle into a concurrency group of its actor, whatever the
// group of the method is: h.Options(ray.ConcurrencyGroup("io")). Default: the method's.
func ConcurrencyGroup(name string) Option {
	return Option{func(o *core.Options) error { o.Group = name; return nil }}
}

// checkScope refuses options that do not belong to a task (forActor false) or to an actor.
func checkScope(o *core.Options, forActor bool) error {
	if forActor {
		return checkActor(o)
	}
	d := core.DefaultTask()
	for _, c := range []struct {
		name string
		set  bool
	}{
		{"MaxRestarts", o.MaxRestarts != 0}, {"MaxTaskRetries", o.MaxTaskRetries != 0},
		{"MaxConcurrency", o.MaxConcurrency != d.MaxConcurrency}, {"MaxPendingCalls", o.MaxPendingCalls != 0},
		{"Lifetime", o.Detached}, {"GetIfExists", o.GetIfExists}, {"ConcurrencyGroups", o.Groups != nil},
		{"MethodGroup", o.MethodGroups != nil}, {"ConcurrencyGroup", o.Group != ""},
	} {
		if c.set {
			return fmt.Errorf("%s is an option of actors; a task has none, drop it", c.name)
		}
	}
	return nil
}

func checkActor(o *core.Options) error {
	switch {
	case o.Timeout != 0:
		return errors.New("TaskTimeout is for tasks and for calls, as in h.Options(ray.TaskTimeout(d)); an actor has none, drop it")
	case o.Group != "":
		return errors.New("ConcurrencyGroup is for calls, as in h.Options(ray.ConcurrencyGroup(name)); for methods use ray.MethodGroup")
	}
	for method, group := range o.MethodGroups {
		if _, ok := o.Groups[group]; !ok && group != "" {
			return fmt.Errorf("MethodGroup: %s is put into the group %q, which ray.ConcurrencyGroups does not have; add it there", method, group)
		}
	}
	return nil
}

// Options returns a copy of the handle whose calls have options: TaskTimeout and ConcurrencyGroup. They
// do not travel with the handle.
func (h ActorHandle[T]) Options(opts ...Option) ActorHandle[T] {
	return HandleOf[T](h.Actor().With(opts...))
}

// With is ActorHandle.Options without a type.
func (a *ActorRef) With(opts ...Option) *ActorRef {
	if a == nil {
		return nil
	}
	c := *a
	o := callOptions
	if a.options != nil {
		o = *a.options
	}
	base := callOptions
	err := applyOptions(&o, opts)
	base.Timeout, base.Group = o.Timeout, o.Group
	if err == nil && !reflect.DeepEqual(o, base) {
		err = errors.New("a call takes ray.TaskTimeout and ray.ConcurrencyGroup; give other options to the actor's class")
	}
	if err != nil && c.err == nil {
		c.err = invalidCall("Options of a handle: %v", err)
	}
	c.options = &o
	return &c
}
