package backendtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// untilDeadline says that it runs, waits for the end of its context, and says how that ended.
func untilDeadline(ctx context.Context, started, ended string) error {
	if err := untilCancelled(ctx, started); errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(err, os.WriteFile(ended, nil, 0o600))
	}
	return errors.New("the context did not end by its deadline")
}

func (c *counter) untilDeadline(ctx context.Context, started, ended string) error {
	return untilDeadline(ctx, started, ended)
}

// within sets how long a task may take. A short time is enough: nothing else is waited for.
func within(d time.Duration) func(*core.Options) {
	return func(o *core.Options) { o.Timeout = d }
}

const soon = 300 * time.Millisecond

var deadlineScenarios = []scenario{
	{"a running task is cancelled at its deadline", func(s *suite) {
		s.whileRunning(func(limit time.Duration, started, ended string) core.ID {
			return s.taskWith(within(limit), untilDeadline, started, ended)
		})
		s.want(s.task(add, 1, 1), 2)
	}},
	{"a task that waits at its deadline never starts", func(s *suite) {
		dir := s.TempDir()
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		whole := func(o *core.Options) { o.Resources = core.Resources{"disk": 2} }
		busy := s.taskWith(whole, deaf, started, release)
		s.file(started)
		f := s.wantFailure(s.taskWith(func(o *core.Options) { whole(o); o.Timeout = soon }, mark, dir), core.DeadlinePassed)
		if !strings.Contains(f.Text, "did not start within 300ms") {
			s.Errorf("the failure says %q", f.Text)
		}
		argument := s.taskWith(within(soon), add, ref(busy), 1)
		s.wantFailure(argument, core.DeadlinePassed)
		s.create(release)
		s.want(busy, nil)
		s.want(s.taskWith(whole, mark, dir), 1) // the first that left a mark
	}},
	{"a task that is in time has its value", func(s *suite) {
		s.want(s.taskWith(within(time.Hour), add, 1, 2), 3)
	}},
	{"a call of an actor has a deadline, and the next one goes on", func(s *suite) {
		a := s.actor(nil, newCounter, 0)
		s.want(s.call(a, (*counter).add, 0), 0) // it is there: the time goes to the call
		var next core.ID
		s.whileRunning(func(limit time.Duration, started, ended string) core.ID {
			spec := s.spec(core.ActorCall, (*counter).untilDeadline, []any{started, ended})
			spec.Actor, spec.Timeout = a, limit
			id := spec.ID
			if err := s.b.Submit(spec); err != nil {
				s.Fatal(err)
			}
			next = s.call(a, (*counter).add, 0)
			return id
		})
		s.want(next, 0)
	}},
}

// whileRunning submits a call whose deadline passes while it runs: the function sees the end of its
// context, the caller a failure that says so. On a slow machine a call may not even start in a short
// time; then it gets a longer one.
func (s *suite) whileRunning(submit func(limit time.Duration, started, ended string) core.ID) {
	s.Helper()
	for limit := soon; ; limit *= 3 {
		dir := s.TempDir()
		ended := filepath.Join(dir, "ended")
		f := s.wantFailure(submit(limit, filepath.Join(dir, "started"), ended), core.DeadlinePassed)
		if strings.Contains(f.Text, "did not start within "+limit.String()) && limit < time.Minute {
			continue
		}
		if !strings.Contains(f.Text, "did not finish within "+limit.String()) {
			s.Errorf("the failure says %q", f.Text)
		}
		s.file(ended)
		return
	}
}
