package backendtest

import (
	"context"
	"path/filepath"

	"github.com/goray/goray/runtime/internal/core"
)

// marked leaves a mark in dir for each execution, and ends when release is there.
func marked(ctx context.Context, dir, release string) (int, error) {
	n, err := mark(dir)
	if err != nil {
		return 0, err
	}
	return n, awaitFile(ctx, release)
}

var forceScenarios = []scenario{
	{"Force spares the task in front of the meant one", func(s *suite) {
		s.shorten()
		release := filepath.Join(s.TempDir(), "release")
		dirs := []string{s.TempDir(), s.TempDir()}
		var running, behind []core.ID
		for _, dir := range dirs {
			running = append(running, s.task(marked, dir, release))
		}
		for _, dir := range dirs {
			s.eventually("the start of "+dir, func() bool { return marks(dir) == 1 })
		}
		for range 20 { // they are given to the workers ahead of time
			behind = append(behind, s.task(add, 1, 1))
		}
		for _, id := range behind {
			if err := s.b.Cancel(id, true, false); err != nil {
				s.Fatal(err)
			}
			s.wantFailure(id, core.Cancelled)
		}
		s.create(release)
		for i, id := range running {
			s.want(id, 1)
			if n := marks(dirs[i]); n != 1 {
				s.Errorf("%d executions of a task that nobody cancelled, want 1", n)
			}
		}
	}},
	{"Force spares the task that comes next", func(s *suite) {
		s.shorten()
		times := 40
		if s.foreign { // Ray starts another worker after each, which takes seconds
			times = 4
		}
		for range times {
			meant := s.task(add, 1, 1)
			dir := s.TempDir()
			next := s.task(marked, dir, "/")
			if err := s.b.Cancel(meant, true, false); err != nil {
				s.Fatal(err)
			}
			s.want(next, 1)
			if n := marks(dir); n != 1 {
				s.Fatalf("%d executions of a task that nobody cancelled, want 1", n)
			}
		}
	}},
}

// shorten makes tasks with default options short in the eyes of the scheduler, so that they are
// given to workers ahead of time.
func (s *suite) shorten() {
	s.Helper()
	for range 200 {
		s.want(s.task(add, 1, 1), 2)
	}
}
