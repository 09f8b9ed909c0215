package backendtest

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

func named(name string) func(*core.Options) {
	return func(o *core.Options) { o.Name = name }
}

var actorScenarios = []scenario{
	{"an actor keeps its state and the order of calls", func(s *suite) {
		a := s.actor(nil, newCounter, 10)
		var last core.ID
		var want []int
		for i := range 100 {
			last = s.call(a, (*counter).add, i)
			want = append(want, i)
		}
		s.want(last, 10+4950)
		s.want(s.call(a, (*counter).order), want)
	}},
	{"a call waits for its arguments, and later calls wait for it", func(s *suite) {
		dir := s.TempDir()
		a := s.actor(nil, newCounter, 0)
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		s.task(deaf, started, release)
		s.file(started)
		late := s.task(mark, dir)
		s.call(a, (*counter).add, ref(late))
		last := s.call(a, (*counter).add, 5)
		s.create(release)
		s.want(last, 6)
		s.want(s.call(a, (*counter).order), []int{1, 5})
	}},
	{"an error of a method leaves the state", func(s *suite) {
		a := s.actor(nil, newCounter, 0)
		s.call(a, (*counter).add, 1)
		s.isCause(s.wantFailure(s.call(a, (*counter).fail), core.UserError), errBoom)
		s.want(s.call(a, (*counter).add, 1), 3)
	}},
	{"a constructor that fails is the death of the actor", func(s *suite) {
		a := s.actor(nil, newBroken)
		s.isCause(s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied), errBoom)
		s.isCause(s.wantFailure(a, core.ActorDied), errBoom)
	}},
	{"Kill ends an actor", func(s *suite) {
		file := filepath.Join(s.TempDir(), "started")
		a := s.actor(nil, newCounter, 0)
		running, waiting := s.call(a, (*counter).wait, file), s.call(a, (*counter).add, 1)
		s.file(file)
		if err := s.b.Kill(a, true); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(running, core.ActorDied)
		s.wantFailure(waiting, core.ActorDied)
		s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied)
	}},
	{"names are unique in a namespace", func(s *suite) {
		a := s.actor(named("nora"), newCounter, 1)
		s.want(s.call(a, (*counter).add, 1), 2)
		second := s.actor(named("nora"), newCounter, 5)
		s.wantFailure(s.call(second, (*counter).add, 1), core.ActorExists)
		s.wantFailure(second, core.ActorExists)
		info, err := s.b.LookupActor("nora", "tests")
		if err != nil || info.ID != a {
			s.Fatalf("%v, %v", info, err)
		}
		if _, err := s.b.LookupActor("nora", "elsewhere"); !errors.Is(err, core.ErrActorNotFound) {
			s.Errorf("elsewhere: %v", err)
		}
		same := s.actor(func(o *core.Options) { o.Name, o.GetIfExists = "nora", true }, newCounter, 9)
		s.want(s.call(same, (*counter).add, 1), 3)
		if err := s.b.Kill(a, true); err != nil {
			s.Fatal(err)
		}
		if _, err := s.b.LookupActor("nora", "tests"); !errors.Is(err, core.ErrActorNotFound) {
			s.Errorf("after Kill: %v", err)
		}
	}},
	{"an actor ends with its last handle, after its calls", func(s *suite) {
		a := s.actor(named("mort"), newCounter, 1)
		last := s.call(a, (*counter).add, 1)
		s.b.Release(a)
		s.want(last, 2)
		s.eventually("the end of the actor", func() bool {
			info, err := s.b.LookupActor("mort", "tests")
			if err == nil {
				s.b.Release(info.ID)
			}
			return err != nil
		})
	}},
	{"a detached actor stays", func(s *suite) {
		a := s.actor(func(o *core.Options) { o.Name, o.Detached = "dora", true }, newCounter, 1)
		s.want(s.call(a, (*counter).add, 1), 2)
		s.b.Release(a)
		info, err := s.b.LookupActor("dora", "tests")
		if err != nil {
			s.Fatal(err)
		}
		s.want(s.call(info.ID, (*counter).add, 1), 3)
		if err := s.b.Kill(info.ID, true); err != nil { // or it is there for the scenarios to come
			s.Fatal(err)
		}
	}},
	{"MaxConcurrency lets calls overlap", func(s *suite) {
		dir := s.TempDir()
		a := s.actor(func(o *core.Options) { o.MaxConcurrency = 3 }, newCounter, 0)
		most := 0
		for _, id := range []core.ID{s.call(a, (*counter).hold, dir), s.call(a, (*counter).hold, dir), s.call(a, (*counter).hold, dir)} {
			got, failure := s.value(id)
			if failure != nil {
				s.Fatal(failure.Text)
			}
			most = max(most, got.(int))
		}
		if most != 3 {
			s.Errorf("%d calls overlapped, want 3", most)
		}
	}},
	{"a running call can be cancelled", func(s *suite) {
		file := filepath.Join(s.TempDir(), "started")
		a := s.actor(nil, newCounter, 0)
		running := s.call(a, (*counter).wait, file)
		s.file(file)
		if err := s.b.Cancel(running, false, false); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(running, core.Cancelled)
		s.want(s.call(a, (*counter).add, 1), 1)
		if err := s.b.Cancel(s.call(a, (*counter).wait, file+"2"), true, false); err == nil {
			s.Error("Cancel with force of a call gave no error")
		}
	}},
}

var resourceScenarios = []scenario{
	{"resources are never oversubscribed", func(s *suite) {
		dir := s.TempDir()
		var ids []core.ID
		for range 6 {
			ids = append(ids, s.taskWith(func(o *core.Options) { o.Resources = core.Resources{"disk": 1} }, peak, dir, 3))
		}
		most := 0
		for _, id := range ids {
			got, failure := s.value(id)
			if failure != nil {
				s.Fatal(failure.Text)
			}
			most = max(most, got.(int))
		}
		if most > 2 {
			s.Errorf("%d tasks of disk 1 ran at the same time, there are 2", most)
		}
	}},
	{"what can never be granted is refused with the reason", func(s *suite) {
		f := s.wantFailure(s.taskWith(func(o *core.Options) { o.Resources, o.Strategy.FailFast = core.Resources{core.CPU: 36}, true }, nothing), core.Infeasible)
		if !strings.Contains(f.Text, "asks for CPU 36, ") {
			s.Errorf("%q does not say what is missing", f.Text)
		}
		a := s.actor(func(o *core.Options) { o.Resources, o.Strategy.FailFast = core.Resources{core.GPU: 2}, true }, newCounter, 0)
		s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied)
	}},
	{"available resources come back", func(s *suite) {
		a := s.actor(func(o *core.Options) { o.Resources = core.Resources{core.CPU: 1, core.GPU: 0.5} }, newCounter, 0)
		s.want(s.call(a, (*counter).add, 1), 1)
		if r := s.b.Available(); r[core.CPU] != 1 || r[core.GPU] != 0.5 {
			s.Errorf("with an actor: %v", r)
		}
		if err := s.b.Kill(a, true); err != nil {
			s.Fatal(err)
		}
		s.eventually("the return of the resources", func() bool {
			r := s.b.Available()
			return r[core.CPU] == 2 && r[core.GPU] == 1
		})
	}},
}
