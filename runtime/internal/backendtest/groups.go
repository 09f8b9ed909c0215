package backendtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// meet says that it runs, and waits for another file; it returns the name of its own.
func (c *counter) meet(ctx context.Context, mine, other string) (string, error) {
	if err := os.WriteFile(mine, nil, 0o600); err != nil {
		return "", err
	}
	return filepath.Base(mine), awaitFile(ctx, other)
}

// busy is meet in the default group.
func (c *counter) busy(ctx context.Context, mine, other string) (string, error) {
	return c.meet(ctx, mine, other)
}

// exit ends the actor after this call and others that run.
func (c *counter) exit(ctx context.Context) (int, error) {
	t := core.TaskFrom(ctx)
	exiter, ok := t.Backend.(core.ActorExiter)
	if !ok {
		return 0, errors.New("the backend has no ExitActor")
	}
	return c.n, exiter.ExitActor(t.TaskID)
}

// callIn submits a method call in a concurrency group.
func (s *suite) callIn(group string, actor core.ID, method any, args ...any) core.ID {
	s.Helper()
	spec := s.spec(core.ActorCall, method, args)
	spec.Actor, spec.Group = actor, group
	id := spec.ID
	if err := s.b.Submit(spec); err != nil {
		s.Fatal(err)
	}
	return id
}

func grouped(o *core.Options) {
	o.Groups = map[string]int{"io": 2, "compute": 1}
	o.MethodGroups = map[string]string{"meet": "io"}
}

var groupScenarios = []scenario{
	{"calls of a concurrency group do not wait for those of others", func(s *suite) {
		dir := s.TempDir()
		at := func(name string) string { return filepath.Join(dir, name) }
		a := s.actor(grouped, newCounter, 0)
		// Two of the method's own group meet each other, while the default group and another one are busy.
		busy, other := s.call(a, (*counter).busy, at("busy"), at("end")), s.callIn("compute", a, (*counter).busy, at("other"), at("end"))
		s.file(at("busy"))
		s.file(at("other"))
		x, y := s.call(a, (*counter).meet, at("x"), at("y")), s.call(a, (*counter).meet, at("y"), at("x"))
		s.want(x, "x")
		s.want(y, "y")
		// The group of one lets none in as long as it is busy; that of the default neither.
		second, third := s.callIn("compute", a, (*counter).pid), s.call(a, (*counter).pid)
		s.want(s.callIn("io", a, (*counter).add, 100), 100)
		if ready, err := s.b.Wait(s.ctx, []core.ID{second, third}, 1, 0); err != nil || slices.Contains(ready, true) {
			s.Fatalf("a call began in a busy group: %v, %v", ready, err)
		}
		s.create(at("end"))
		for _, id := range []core.ID{busy, other, second, third} {
			if _, f := s.value(id); f != nil {
				s.Fatal(f.Text)
			}
		}
	}},
	{"a call in a group that there is not fails", func(s *suite) {
		a := s.actor(grouped, newCounter, 0)
		f := s.wantFailure(s.callIn("nowhere", a, (*counter).add, 1), core.BadCall)
		if !strings.Contains(f.Text, `"nowhere"; it has ["compute" "io"]`) {
			s.Errorf("%q does not say which there are", f.Text)
		}
		s.want(s.call(a, (*counter).add, 1), 1)
	}},
	{"a call that waits lets later ones pass where several run at a time", func(s *suite) {
		dir := s.TempDir()
		a := s.actor(func(o *core.Options) { o.MaxConcurrency = 2 }, newCounter, 0)
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		whole := func(o *core.Options) { o.Resources = core.Resources{"disk": 2} }
		s.taskWith(whole, deaf, started, release)
		s.file(started)
		waiting := s.call(a, (*counter).add, ref(s.taskWith(whole, mark, dir)))
		s.want(s.call(a, (*counter).add, 5), 5)
		s.create(release)
		s.want(waiting, 6)
		s.want(s.call(a, (*counter).order), []int{5, 1})
	}},
	{"ExitActor ends an actor after its call", func(s *suite) {
		file := filepath.Join(s.TempDir(), "go")
		a := s.actor(func(o *core.Options) { o.Name, o.MaxRestarts = "exiting", -1 }, newCounter, 7)
		first := s.call(a, (*counter).meet, file+"1", file)
		last := s.call(a, (*counter).exit)
		behind := s.call(a, (*counter).add, 1)
		s.create(file)
		s.want(first, "go1")
		s.want(last, 7)
		for _, id := range []core.ID{behind, s.call(a, (*counter).add, 1)} {
			s.wantText(s.wantFailure(id, core.ActorDied), "exited intentionally")
		}
		gone := func() bool {
			info, err := s.b.LookupActor("exiting", "tests")
			if err == nil {
				s.b.Release(info.ID)
			}
			return errors.Is(err, core.ErrActorNotFound)
		}
		if s.foreign { // Ray forgets the name of an actor that could be restarted with its last handle
			s.b.Release(a)
			s.eventually("the end of the name", gone)
		} else if !gone() {
			s.Error("its name is still known")
		}
	}},
	{"ExitActor waits for the calls that run", func(s *suite) {
		dir := s.TempDir()
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		a := s.actor(func(o *core.Options) { o.MaxConcurrency = 2 }, newCounter, 7)
		running := s.call(a, (*counter).meet, started, release)
		s.file(started)
		s.want(s.call(a, (*counter).exit), 7)
		s.create(release)
		s.want(running, "started")
		s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied)
	}},
	{"names of actors are listed", func(s *suite) {
		lister, ok := s.b.(core.ActorLister)
		if !ok {
			s.Fatal("the backend has no ActorLister")
		}
		s.actor(named("b"), newCounter, 0)
		a := s.actor(named("a"), newCounter, 0)
		s.actor(func(o *core.Options) { o.Name, o.Namespace = "c", "elsewhere" }, newCounter, 0)
		s.actor(nil, newCounter, 0)
		tests := "tests"
		list, err := lister.NamedActors(&tests)
		if err != nil || !slices.Equal(list, []core.ActorName{{Name: "a", Namespace: tests}, {Name: "b", Namespace: tests}}) {
			s.Errorf("of the namespace: %v, %v", list, err)
		}
		if err := s.b.Kill(a, true); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied)
		list, err = lister.NamedActors(nil)
		if err != nil || !slices.Equal(list, []core.ActorName{{Name: "c", Namespace: "elsewhere"}, {Name: "b", Namespace: tests}}) {
			s.Errorf("of all namespaces: %v, %v", list, err)
		}
	}},
}
