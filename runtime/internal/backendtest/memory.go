package backendtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/goray/goray/runtime/internal/core"
)

// hog takes n bytes until release is there, and marks each execution. They are not the collector's,
// so that they are exactly n, and gone at the end.
func hog(ctx context.Context, dir string, n int, release string) (int, error) {
	if _, err := mark(dir); err != nil {
		return 0, err
	}
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	defer syscall.Munmap(b)
	for i := 0; i < n; i += os.Getpagesize() {
		b[i] = 1
	}
	return n, awaitFile(ctx, release)
}

// halfGigabyte is what workers and objects may use together, besides what this process has already.
func halfGigabyte(c *core.Config) {
	debug.FreeOSMemory()
	var size, resident, shared int64
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		fmt.Sscan(string(b), &size, &resident, &shared)
	}
	own := (resident - shared) * int64(os.Getpagesize())
	c.MemoryLimit, c.MemoryUsageThreshold = 2*(own+512<<20), 0.5
}

var memoryScenarios = []configured{
	{"a task that takes all memory is ended, and others finish", halfGigabyte, func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		modest := s.task(marked, s.TempDir(), release)
		greedy := s.taskWith(func(o *core.Options) { o.MaxRetries = 1 }, hog, dir, 600<<20, filepath.Join(dir, "never"))
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
	{"of tasks of a size the newest that can be retried is ended", halfGigabyte, func(s *suite) {
		dirs := []string{s.TempDir(), s.TempDir()}
		release := filepath.Join(dirs[0], "release")
		first := s.task(hog, dirs[0], 300<<20, release)
		s.eventually("its start", func() bool { return marks(dirs[0]) == 1 })
		second := s.taskWith(func(o *core.Options) { o.MaxRetries = -1 }, hog, dirs[1], 300<<20, release)
		s.eventually("a second try", func() bool { return marks(dirs[1]) > 1 })
		s.create(release)
		s.want(first, 300<<20)
		s.want(second, 300<<20)
		if n := marks(dirs[0]); n != 1 {
			s.Errorf("the older one was executed %d times", n)
		}
	}},
}
