package backendtest

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Options say how to open a backend and what it can do.
type Options struct {
	Open core.Opener
	// Processes: tasks run in processes of their own, which can be killed.
	Processes bool
	// Stores: objects lie in stores with limits of their own, and nodes can be added and removed.
	Stores bool
	// Nodes can be added and removed; it goes with Stores.
	Nodes bool
	// Losses: a node that is removed takes its workers and objects with it; it goes with Stores.
	Losses bool
	// Quick leaves out scenarios that take minutes where nodes are processes.
	Quick bool
	// Address is passed on.
	Address string
	// Without are scenarios that the backend cannot pass, with the reason: they are skipped by name.
	Without map[string]string
	// Only, if not empty, are the scenarios that are wanted.
	Only []string
	// Foreign: failures of the system have the words of another one.
	Foreign bool
	// Patience is how long a scenario may take; 0 is 30 seconds.
	Patience time.Duration
	// Share gives scenarios one session as long as they pass and leave its resources free: for
	// backends whose sessions take long to open. Those that need nodes of their own get their own.
	Share bool

	shared *sharedSession
}

// sharedSession is the session of Options.Share.
type sharedSession struct{ b core.Backend }

// close ends it, if there is one.
func (s *sharedSession) close(t *testing.T) {
	if s == nil || s.b == nil {
		return
	}
	if err := s.b.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	s.b = nil
}

// open returns a session and what ends it.
func (o *Options) open(t *testing.T, cfg core.Config) (b core.Backend, done func()) {
	shared := o.shared != nil && len(cfg.Nodes) == 0 && maps.Equal(cfg.Resources, usual)
	if shared && o.shared.b != nil {
		b = o.shared.b
	} else {
		o.shared.close(t) // its nodes are none of this session's
		var err error
		if b, err = o.Open(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if !shared {
		return b, func() {
			if err := b.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
	}
	o.shared.b = b
	return b, func() {
		if t.Failed() || !idle(b) {
			o.shared.close(t)
		}
	}
}

// idle reports whether all resources of a session become free within a short time.
func idle(b core.Backend) bool {
	for range 100 {
		total, free := b.Total(), b.Available()
		if len(total) > 0 && free[core.CPU] == total[core.CPU] && free[core.GPU] == total[core.GPU] && free["disk"] == total["disk"] {
			return true
		}
		<-time.After(50 * time.Millisecond)
	}
	return false
}

// patience is how long a scenario waits for what must happen.
var patience = 30 * time.Second

// Run runs every scenario against the backend.
func Run(t *testing.T, o Options) {
	if o.Patience > 0 {
		patience = o.Patience
	}
	if o.Share {
		o.shared = new(sharedSession)
		defer o.shared.close(t)
	}
	for _, group := range [][]scenario{taskScenarios, objectScenarios, actorScenarios, groupScenarios, deadlineScenarios, resourceScenarios} {
		for _, s := range group {
			t.Run(s.name, func(t *testing.T) { runOne(t, o, s) })
		}
	}
	for _, s := range placementScenarios {
		t.Run(s.name, func(t *testing.T) { runConfigured(t, o, s.config, scenario{s.name, s.run}) })
	}
	if o.Processes {
		for _, group := range [][]scenario{crashScenarios, forceScenarios} {
			for _, s := range group {
				t.Run(s.name, func(t *testing.T) { runOne(t, o, s) })
			}
		}
	}
	if o.Nodes || o.Stores {
		for _, s := range spreadScenarios {
			t.Run(s.name, func(t *testing.T) { runConfigured(t, o, s.config, scenario{s.name, s.run}) })
		}
	}
	for _, group := range []struct {
		scenarios []configured
		wanted    bool
	}{{spillScenarios, o.Stores}, {nodeScenarios, o.Stores || o.Losses}, {lineageScenarios, o.Stores || o.Losses}, {memoryScenarios, o.Stores}} {
		for _, s := range group.scenarios {
			if group.wanted {
				t.Run(s.name, func(t *testing.T) { runConfigured(t, o, s.config, scenario{s.name, s.run}) })
			}
		}
	}
}

type scenario struct {
	name string
	run  func(s *suite)
}

// configured is a scenario that needs a session of its own kind.
type configured struct {
	name   string
	config func(cfg *core.Config) // changes what the session is started with
	run    func(s *suite)
}

// usual is what the only node of a session has, unless a scenario says otherwise.
var usual = core.Resources{core.CPU: 2, core.GPU: 1, "disk": 2, core.Memory: 1 << 30}

func runOne(t *testing.T, o Options, sc scenario) {
	runConfigured(t, o, func(*core.Config) {}, sc)
}

func runConfigured(t *testing.T, o Options, change func(*core.Config), sc scenario) {
	if len(o.Only) > 0 && !slices.Contains(o.Only, sc.name) {
		t.Skip("it was not asked for")
	}
	if reason := o.Without[sc.name]; reason != "" {
		t.Skip(reason)
	}
	cfg := core.Config{
		Address:           o.Address,
		Resources:         maps.Clone(usual),
		ObjectStoreMemory: 256 << 20, Namespace: "tests", DashboardPort: -1, LogToDriver: true,
	}
	change(&cfg)
	if o.Quick && o.Share && !maps.Equal(cfg.Resources, usual) {
		t.Skip("it needs a cluster of its own, which takes long to start")
	}
	b, done := o.open(t, cfg)
	defer done()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := &suite{T: t, ctx: ctx, b: b, foreign: o.Foreign, quick: o.Quick}
	if o.Share && len(cfg.Nodes) == 0 { // its first task waits for a worker, longer than some scenarios have time
		s.want(s.task(add, 1, 1), 2)
	}
	sc.run(s)
}

// suite is a session and the test that uses it.
type suite struct {
	*testing.T
	ctx     context.Context
	b       core.Backend
	foreign bool
	quick   bool
}

// long skips a scenario where only quick ones are wanted.
func (s *suite) long() {
	s.Helper()
	if s.quick {
		s.Skip("it takes minutes")
	}
}

// explains reports whether the backend can say why something waits.
func (s *suite) explains() bool {
	_, ok := s.b.(core.Explainer)
	return ok
}

// figures are those of the session, where the backend counts.
func (s *suite) figures() (core.ClusterState, bool) {
	i, ok := s.b.(core.Inspector)
	if !ok {
		return core.ClusterState{}, false
	}
	return i.Inspect().Cluster, true
}

// wantText checks what a failure says, where it has the words of this system.
func (s *suite) wantText(f *core.Failure, part string) {
	s.Helper()
	if !s.foreign && !strings.Contains(f.Text, part) {
		s.Errorf("the text is %q, without %q", f.Text, part)
	}
}

// ref marks an argument as a reference.
type ref core.ID

func (s *suite) spec(kind core.Kind, fn any, args []any) *core.TaskSpec {
	s.Helper()
	f, _, err := marshal.Function(fn)
	if err != nil {
		s.Fatal(err)
	}
	spec := &core.TaskSpec{ID: s.b.NewID(), Kind: kind, Func: &f, Options: new(core.DefaultTask())}
	if kind != core.Task {
		spec.Options = new(core.DefaultActor())
	}
	spec.Namespace = "tests"
	for _, a := range args {
		if id, ok := a.(ref); ok {
			spec.Args = append(spec.Args, core.Arg{Ref: core.ID(id)})
			continue
		}
		v, err := marshal.Encode(reflect.ValueOf(a))
		if err != nil {
			s.Fatal(err)
		}
		spec.Args = append(spec.Args, core.Arg{Value: v})
	}
	return spec
}

// task submits a call with default options.
func (s *suite) task(fn any, args ...any) core.ID {
	s.Helper()
	return s.taskWith(nil, fn, args...)
}

// taskWith submits a call with changed options.
func (s *suite) taskWith(change func(*core.Options), fn any, args ...any) core.ID {
	s.Helper()
	spec := s.spec(core.Task, fn, args)
	if change != nil {
		change(spec.Options)
	}
	id := spec.ID
	if err := s.b.Submit(spec); err != nil {
		s.Fatal(err)
	}
	return id
}

// actor creates an actor.
func (s *suite) actor(change func(*core.Options), ctor any, args ...any) core.ID {
	s.Helper()
	spec := s.spec(core.ActorStart, ctor, args)
	if change != nil {
		change(spec.Options)
	}
	id, err := s.b.CreateActor(spec)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// call submits a method call.
func (s *suite) call(actor core.ID, method any, args ...any) core.ID {
	s.Helper()
	spec := s.spec(core.ActorCall, method, args)
	spec.Actor = actor
	id := spec.ID
	if err := s.b.Submit(spec); err != nil {
		s.Fatal(err)
	}
	return id
}

// put stores a value.
func (s *suite) put(v any) core.ID {
	s.Helper()
	value, err := marshal.EncodeAny(reflect.ValueOf(v))
	if err != nil {
		s.Fatal(err)
	}
	id := s.b.NewID()
	if err := s.b.Put(id, value); err != nil {
		s.Fatal(err)
	}
	return id
}

// value waits for an object and returns what it holds, or its failure.
func (s *suite) value(id core.ID) (any, *core.Failure) {
	s.Helper()
	values, err := s.b.Get(s.ctx, []core.ID{id})
	if err != nil {
		s.Fatalf("Get: %v", err)
	}
	if values[0].Failure != nil {
		return nil, values[0].Failure
	}
	v, err := marshal.Decode(values[0], nil)
	if err != nil {
		s.Fatal(err)
	}
	if !v.IsValid() {
		return nil, nil
	}
	return v.Interface(), nil
}

// want checks the value of an object.
func (s *suite) want(id core.ID, want any) {
	s.Helper()
	got, failure := s.value(id)
	if failure != nil {
		s.Fatalf("failed: %s: %s", failure.Kind, failure.Text)
	}
	if !reflect.DeepEqual(got, want) {
		s.Fatalf("got %v (%T), want %v (%T)", got, got, want, want)
	}
}

// wantFailure checks why an object has no value, and returns the failure.
func (s *suite) wantFailure(id core.ID, kind core.FailureKind) *core.Failure {
	s.Helper()
	got, failure := s.value(id)
	if failure == nil {
		s.Fatalf("got %v, want failure %q", got, kind)
	}
	if failure.Kind != kind {
		s.Fatalf("failure %q (%s), want %q", failure.Kind, failure.Text, kind)
	}
	return failure
}

// isCause checks that errors.Is finds target in the failure's cause.
func (s *suite) isCause(f *core.Failure, target error) {
	s.Helper()
	if err := marshal.Error(f.Cause); !errors.Is(err, target) {
		s.Fatalf("the cause is %v, want %v", err, target)
	}
}
