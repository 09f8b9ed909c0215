package backendtest

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// hog takes n bytes until release is there, and marks each execution.
func hog(ctx context.Context, dir string, n int, release string) (int, error) {
	if _, err := mark(dir); err != nil {
		return 0, err
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	err := awaitFile(ctx, release)
	return len(b) + int(b[n/2]), err
}

var memoryScenarios = []configured{
	{"a task that takes all memory is ended, and others finish", func(c *core.Config) {
		c.MemoryLimit, c.MemoryUsageThreshold = 640<<20, 0.5
	}, func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		modest := s.task(marked, s.TempDir(), release)
		greedy := s.taskWith(func(o *core.Options) { o.MaxRetries = 1 }, hog, dir, 400<<20, filepath.Join(dir, "never"))
		f := s.wantFailure(greedy, core.OutOfMemory)
		for _, part := range []string{"backendtest.hog", "the driver", "MemoryLimit", "attempt 2 of 2", "pid"} {
			if !strings.Contains(f.Text, part) {
				s.Errorf("%q is not in %q", part, f.Text)
			}
		}
		if n := marks(dir); n != 2 {
			s.Errorf("%d executions, want 2", n)
		}
		s.create(release)
		s.want(modest, 1)
		if n := s.cluster().KilledForSpace; n != 2 {
			s.Errorf("%d were ended, want 2", n)
		}
		s.want(s.task(add, 1, 1), 2)
	}},
	{"of tasks of a size the newest that can be retried is ended", func(c *core.Config) {
		c.MemoryLimit, c.MemoryUsageThreshold = 640<<20, 0.5
	}, func(s *suite) {
		dirs := []string{s.TempDir(), s.TempDir()}
		release := filepath.Join(dirs[0], "release")
		first := s.task(hog, dirs[0], 200<<20, release)
		s.eventually("its start", func() bool { return marks(dirs[0]) == 1 })
		second := s.taskWith(func(o *core.Options) { o.MaxRetries = -1 }, hog, dirs[1], 200<<20, release)
		s.eventually("a second try", func() bool { return marks(dirs[1]) > 1 })
		s.create(release)
		s.want(first, 200<<20)
		s.want(second, 200<<20)
		if n := marks(dirs[0]); n != 1 {
			s.Errorf("the older one was executed %d times", n)
		}
	}},
}
