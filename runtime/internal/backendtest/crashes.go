package backendtest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

var crashScenarios = []scenario{
	{"tasks run in other processes, and know their GPUs", func(s *suite) {
		pid, failure := s.value(s.task(process))
		if again, _ := s.value(s.task(process)); failure != nil || pid == 0 || again == 0 {
			s.Fatalf("%v, %v", pid, failure)
		}
		got, _ := s.value(s.taskWith(func(o *core.Options) { o.Resources[core.GPU] = 0.5 }, gpus))
		if !slices.Equal(got.([]int), []int{0}) {
			s.Errorf("GPUs %v", got)
		}
		s.want(s.task(attempt), 0)
	}},
	{"a task whose worker is killed runs again", func(s *suite) {
		s.want(s.task(dies, s.TempDir(), 1), 2)
	}},
	{"a task that always kills its worker fails in the end", func(s *suite) {
		dir := s.TempDir()
		f := s.wantFailure(s.task(dies, dir, 100), core.WorkerCrashed)
		if n := marks(dir); n != 4 {
			s.Errorf("%d executions, want 4", n)
		}
		s.wantText(f, "signal: killed")
		s.want(s.task(add, 1, 1), 2)
	}},
	{"without retries it fails at once", func(s *suite) {
		dir := s.TempDir()
		s.wantFailure(s.taskWith(func(o *core.Options) { o.MaxRetries = 0 }, dies, dir, 100), core.WorkerCrashed)
		if n := marks(dir); n != 1 {
			s.Errorf("%d executions, want 1", n)
		}
	}},
	{"tasks behind a killed one run elsewhere", func(s *suite) {
		var ids []core.ID
		for range 50 {
			ids = append(ids, s.task(add, 1, 1)) // makes tasks of this shape short, so that they queue up
		}
		dir := s.TempDir()
		for range 4 {
			ids = append(ids, s.task(dies, dir, 2))
			for range 20 {
				ids = append(ids, s.task(add, 1, 1))
			}
		}
		for i, id := range ids {
			if _, failure := s.value(id); failure != nil {
				s.Fatalf("task %d: %s: %s", i, failure.Kind, failure.Text)
			}
		}
	}},
	{"Force kills a task that does not listen", func(s *suite) {
		file := filepath.Join(s.TempDir(), "started")
		id := s.task(deaf, file, "never")
		s.file(file)
		if err := s.b.Cancel(id, true, false); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(id, core.Cancelled)
		s.eventually("the return of the CPU", func() bool { return s.b.Available()[core.CPU] == 2 })
	}},
	{"an actor that is killed stays dead", func(s *suite) {
		a := s.actor(nil, newCounter, 1)
		s.wantFailure(s.call(a, (*counter).die), core.ActorDied)
		s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied)
	}},
	{"an actor restarts with new state", func(s *suite) {
		a := s.actor(func(o *core.Options) { o.MaxRestarts = 1 }, newCounter, 1)
		s.want(s.call(a, (*counter).add, 1), 2)
		died, next := s.call(a, (*counter).die), s.call(a, (*counter).add, 1)
		s.wantFailure(died, core.ActorUnavailable)
		if s.foreign { // Ray fails the calls that it had been sent already, too, and those until it is back
			s.value(next)
			s.eventually("the restart", func() bool {
				got, f := s.value(s.call(a, (*counter).order))
				return f == nil && len(got.([]int)) == 0 || f == nil && slices.Equal(got.([]int), []int{1})
			})
		} else {
			s.want(next, 2)
		}
		s.wantFailure(s.call(a, (*counter).die), core.ActorDied)
		s.wantText(s.wantFailure(s.call(a, (*counter).add, 1), core.ActorDied), "1 restart")
	}},
	{"a call is repeated on the restarted actor where allowed", func(s *suite) {
		file := filepath.Join(s.TempDir(), "died")
		a := s.actor(func(o *core.Options) { o.MaxRestarts, o.MaxTaskRetries = -1, 1 }, newCounter, 5)
		s.want(s.call(a, (*counter).dieOnce, file), 5)
	}},
	{"a large argument of a killed task is still there", func(s *suite) {
		id := s.put(fill(1 << 20))
		dir := s.TempDir()
		n := s.task(dies, dir, 1)
		s.want(s.task(length, ref(id)), 1<<20)
		s.want(n, 2)
		s.b.Release(id)
	}},
	{"under fire every result is right and nothing is left", func(s *suite) {
		random := rand.New(rand.NewPCG(1, 2))
		actor := s.actor(func(o *core.Options) { o.MaxRestarts, o.MaxTaskRetries = -1, -1 }, newCounter, 0)
		all := []core.ID{actor}
		want := map[core.ID]any{}
		var retried []core.ID
		last, sum := s.task(add, 0, 0), 0
		all = append(all, last)
		for i := range 200 {
			switch k := random.IntN(20); {
			case k < 10:
				n := random.IntN(100)
				sum += n
				last = s.task(add, ref(last), n)
				want[last] = sum
				all = append(all, last)
			case k < 13:
				size := random.IntN(400 << 10)
				bytes := s.task(fill, size)
				long := s.task(length, ref(bytes))
				want[long] = size
				all = append(all, bytes, long)
			case k < 15:
				id := s.task(dies, s.TempDir(), 1)
				retried = append(retried, id)
				all = append(all, id)
			case k < 18:
				id := s.call(actor, (*counter).pid)
				all = append(all, id)
			case k < 19:
				id := s.call(actor, (*counter).dieOnce, filepath.Join(s.TempDir(), "died"))
				all = append(all, id)
			default:
				id := s.task(untilCancelled, filepath.Join(s.TempDir(), fmt.Sprint(i)))
				if err := s.b.Cancel(id, k%2 == 0, false); err != nil {
					s.Fatal(err)
				}
				all = append(all, id)
			}
		}
		for id, v := range want {
			s.want(id, v)
		}
		for _, id := range retried {
			s.want(id, 2)
		}
		if _, err := s.b.Get(s.ctx, all); err != nil {
			s.Fatal(err)
		}
		for _, id := range all {
			s.b.Release(id)
		}
		s.eventually("the return of everything", func() bool {
			r := s.b.Available()
			if r[core.CPU] != 2 {
				return false
			}
			inspector, ok := s.b.(core.Inspector)
			if !ok {
				return true
			}
			c := inspector.Inspect().Cluster
			return c.Objects == 0 && c.StoreUsed == 0 && c.TasksPending == 0
		})
	}},
	{"Infeasible actors do not hold up others", func(s *suite) {
		for i := range 3 {
			s.actor(func(o *core.Options) { o.Name, o.Resources = fmt.Sprint("a", i), core.Resources{core.CPU: 99} }, newCounter, 0)
		}
		s.want(s.call(s.actor(nil, newCounter, 0), (*counter).add, 1), 1)
	}},
}
