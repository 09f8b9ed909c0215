package backendtest

import (
	"bytes"

	"github.com/goray/goray/runtime/internal/core"
)

const mega = 1 << 20

var lineageScenarios = []configured{
	{"lost results are computed again, and only those", nodes("a", "b"), func(s *suite) {
		lost, kept := s.TempDir(), s.TempDir()
		there := s.taskWith(on("b"), patternMarked, lost, 1, 2*mega)
		here := s.taskWith(on("a"), patternMarked, kept, 2, 2*mega)
		s.use(there, "b")
		s.use(here, "a")
		s.replace("b")
		for i, id := range []core.ID{there, here} {
			if got, failure := s.value(id); failure != nil || !bytes.Equal(got.([]byte), pattern(i+1, 2*mega)) {
				s.Fatal(failure)
			}
		}
		if marks(lost) != 2 || marks(kept) != 1 {
			s.Errorf("%d and %d executions, want 2 and 1", marks(lost), marks(kept))
		}
		if c, ok := s.figures(); ok && c.Reconstructed != 1 {
			s.Errorf("%d results were computed again, want 1", c.Reconstructed)
		}
		s.b.Release(there)
		s.b.Release(here)
		s.nothingLeft()
	}},
	{"with their parents, as far as those are lost, too", nodes("a", "b"), func(s *suite) {
		var dirs []string
		var chain []core.ID
		previous := s.put(pattern(7, mega)) // the driver's node keeps it
		root := previous
		for i := range 5 {
			dir := s.TempDir()
			id := s.taskWith(on("b"), grown, dir, ref(previous), 1000+i)
			s.use(id, "b")
			dirs, chain, previous = append(dirs, dir), append(chain, id), id
		}
		for _, id := range chain[:4] { // only recipes are left of them
			s.b.Release(id)
		}
		s.b.Release(root)
		s.replace("b")
		want := mega + 5*1000 + 10
		if got, failure := s.value(chain[4]); failure != nil || len(got.([]byte)) != want || !bytes.Equal(got.([]byte)[:mega], pattern(7, mega)) {
			s.Fatalf("%v", failure)
		}
		for i, dir := range dirs {
			if n := marks(dir); n != 2 {
				s.Errorf("step %d: %d executions, want 2", i, n)
			}
		}
		s.b.Release(chain[4])
		s.nothingLeft()
	}},
	{"a task that needs a lost argument waits for it", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		made := s.taskWith(on("b"), patternMarked, dir, 1, 2*mega)
		s.use(made, "b")
		s.replace("b")
		var users []core.ID
		for range 8 {
			users = append(users, s.task(length, ref(made)))
		}
		for _, id := range users {
			s.want(id, 2*mega)
		}
		if n := marks(dir); n != 2 {
			s.Errorf("%d executions, want 2", n)
		}
	}},
	{"as often as MaxRetries allows", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		made := s.taskWith(func(o *core.Options) { on("b")(o); o.MaxRetries = 1 }, patternMarked, dir, 1, 2*mega)
		s.use(made, "b")
		s.replace("b")
		s.use(made, "b")
		s.replace("b")
		s.wantText(s.wantFailure(made, core.ObjectLost), "MaxRetries 1")
		never := s.taskWith(without(on("b")), patternMarked, s.TempDir(), 1, 2*mega)
		s.use(never, "b")
		s.replace("b")
		s.wantText(s.wantFailure(never, core.ObjectLost), "MaxRetries 0")
		if n := marks(dir); n != 2 {
			s.Errorf("%d executions, want 2", n)
		}
	}},
	{"what was put, and what a method returned, is lost", nodes("a", "b"), func(s *suite) {
		raw, failure := s.value(s.taskWith(on("b"), putsHere, 2*mega))
		if failure != nil {
			s.Fatal(failure.Text)
		}
		put := core.ID(raw.(uint64))
		s.b.Retain(put)
		a := s.actor(func(o *core.Options) { o.Resources = core.Resources{"b": 1}; o.MaxRestarts = -1 }, newCounter, 1)
		returned := s.call(a, (*counter).large, 2*mega)
		s.use(returned, "b")
		s.replace("b")
		s.wantText(s.wantFailure(returned, core.ObjectLost), "actor's method")
		s.wantFailure(s.task(length, ref(returned)), core.ObjectLost)
		s.wantText(s.wantFailure(put, core.ObjectLost), "was put")
	}},
}

// replace removes a node, and adds one with the same resources.
func (s *suite) replace(name string) {
	s.Helper()
	old := ""
	for _, n := range s.b.Nodes() {
		if n.Alive && n.Resources[name] > 0 {
			old = n.ID
		}
	}
	s.remove(old)
	fresh := testNode(name)
	fresh.Name = ""
	if _, err := s.b.(core.NodeKeeper).AddNode(fresh); err != nil {
		s.Fatal(err)
	}
}
