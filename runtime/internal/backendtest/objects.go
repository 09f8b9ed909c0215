package backendtest

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

var objectScenarios = []scenario{
	{"an object keeps its value", func(s *suite) {
		numbers := []float64{1, 2, 3}
		id := s.put(numbers)
		numbers[0] = 100
		s.want(id, []float64{1, 2, 3})
		s.want(s.task(double, ref(id)), []float64{2, 4, 6})
		s.want(id, []float64{1, 2, 3})
	}},
	{"large values go there and back", func(s *suite) {
		const size = 3 << 20
		id := s.task(fill, size)
		s.want(s.task(length, ref(id)), size)
		got, failure := s.value(id)
		if failure != nil || !bytes.Equal(got.([]byte), fill(size)) {
			s.Fatalf("the bytes differ: %v", failure)
		}
		s.want(s.task(length, make([]byte, size)), size)
		numbers := make([]float64, 1<<17)
		for i := range numbers {
			numbers[i] = float64(i)
		}
		id = s.put(numbers)
		numbers[5] = -1
		got, _ = s.value(s.task(double, ref(id)))
		if doubled := got.([]float64); len(doubled) != 1<<17 || doubled[5] != 10 {
			s.Fatalf("doubled[5] is %v", doubled[5])
		}
	}},
	{"space returns when objects are let go", func(s *suite) {
		// More than the store has.
		for range 12 {
			id := s.put(make([]byte, 32<<20))
			s.want(s.task(length, ref(id)), 32<<20)
			s.b.Release(id)
		}
	}},
	{"an object that was let go is lost", func(s *suite) {
		id := s.put(1)
		s.b.Release(id)
		s.wantFailure(id, core.ObjectLost)
	}},
	{"a task keeps its arguments", func(s *suite) {
		dir := s.TempDir()
		argument := s.put([]byte("some bytes"))
		both := func(o *core.Options) { o.Resources = core.Resources{core.CPU: 2} }
		started, release := dir+"/started", dir+"/release"
		busy := s.taskWith(both, deaf, started, release)
		waiting := s.taskWith(both, length, ref(argument))
		s.b.Release(argument)
		s.create(release)
		s.want(busy, nil)
		s.want(waiting, 10)
	}},
}

// file waits until a task has made a file.
func (s *suite) file(name string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if err := awaitFile(ctx, name); err != nil {
		s.Fatalf("%s did not appear: %v", name, err)
	}
}

func (s *suite) create(name string) {
	s.Helper()
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		s.Fatal(err)
	}
}

// eventually waits until ok: for what happens in the background, such as cleanups.
func (s *suite) eventually(what string, ok func() bool) {
	s.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		runtime.GC()
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			s.Fatalf("%s did not happen", what)
		}
	}
}
