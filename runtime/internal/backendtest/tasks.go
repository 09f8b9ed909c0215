package backendtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

var taskScenarios = []scenario{
	{"a task returns its value", func(s *suite) {
		s.want(s.task(add, 2, 3), 5)
		s.want(s.task(sum, 1, 2, 3), 6)
		s.want(s.task(nothing), nil)
	}},
	{"many tasks keep their order in Get", func(s *suite) {
		var ids []core.ID
		for i := range 200 {
			ids = append(ids, s.task(add, i, i))
		}
		values, err := s.b.Get(s.ctx, ids)
		if err != nil {
			s.Fatal(err)
		}
		for i, v := range values {
			got, err := marshal.Decode(v, nil)
			if err != nil || got.Interface() != 2*i {
				s.Fatalf("task %d: %v, %v", i, got, err)
			}
		}
	}},
	{"a chain resolves references", func(s *suite) {
		id := s.task(add, 1, 1)
		for range 5 {
			id = s.task(add, ref(id), ref(id))
		}
		s.want(id, 64)
	}},
	{"a failure travels down a chain with its first cause", func(s *suite) {
		first := s.task(coded)
		f := s.wantFailure(s.task(add, ref(s.task(add, ref(first), 1)), 1), core.UserError)
		if !strings.Contains(f.Func, "coded") {
			s.Errorf("the failure is of %s, want the first function", f.Func)
		}
		var code *codeError
		if err := marshal.Error(f.Cause); !errors.As(err, &code) || code.Code != 7 {
			s.Errorf("errors.As did not find the code in %v", err)
		}
		s.isCause(s.wantFailure(s.task(boom), core.UserError), errBoom)
	}},
	{"a panic is a failure with a trace, and the worker survives", func(s *suite) {
		f := s.wantFailure(s.task(panics), core.UserPanic)
		if !strings.Contains(f.Text, "nil map") || !strings.Contains(f.Stack, "panics") || f.Cell != "functions.go" {
			s.Errorf("failure %+v", f)
		}
		s.want(s.task(add, 1, 1), 2)
	}},
	{"errors are retried where the options say so", func(s *suite) {
		key := core.ErrorKey(errBoom)
		s.want(s.taskWith(func(o *core.Options) { o.RetryErrors = []string{key} }, failsTwice, s.TempDir()), 3)
		s.want(s.taskWith(func(o *core.Options) { o.RetryAll = true }, failsTwice, s.TempDir()), 3)
		s.wantFailure(s.taskWith(func(o *core.Options) { o.RetryErrors = []string{"other"} }, failsTwice, s.TempDir()), core.UserError)
		s.wantFailure(s.taskWith(func(o *core.Options) { o.RetryAll, o.MaxRetries = true, 1 }, failsTwice, s.TempDir()), core.UserError)
	}},
	{"a task that waits for tasks lends its CPU", func(s *suite) {
		s.want(s.taskWith(func(o *core.Options) { o.Resources = core.Resources{core.CPU: 2} }, nested, 8), 9)
	}},
	{"a waiting task is cancelled before it starts", func(s *suite) {
		dir := s.TempDir()
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		both := func(o *core.Options) { o.Resources = core.Resources{core.CPU: 2} }
		busy := s.taskWith(both, deaf, started, release)
		waiting := s.taskWith(both, mark, dir)
		s.file(started)
		if err := s.b.Cancel(waiting, false, false); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(waiting, core.Cancelled)
		s.create(release)
		s.want(busy, nil)
		if marks(dir) != 0 {
			s.Error("the cancelled task ran")
		}
	}},
	{"a running task sees the end of its context", func(s *suite) {
		file := filepath.Join(s.TempDir(), "started")
		id := s.task(untilCancelled, file)
		s.file(file)
		if err := s.b.Cancel(id, false, false); err != nil {
			s.Fatal(err)
		}
		s.wantFailure(id, core.Cancelled)
		s.want(s.task(add, 1, 1), 2)
	}},
	{"cancelling what has finished does nothing", func(s *suite) {
		id := s.task(add, 1, 1)
		s.want(id, 2)
		if err := s.b.Cancel(id, true, true); err != nil {
			s.Fatal(err)
		}
		s.want(id, 2)
	}},
	{"a cancellation may meet the end of its task", func(s *suite) {
		for i := range 300 {
			id := s.task(add, 1, i)
			for begun, wait := time.Now(), rand.N(3*time.Millisecond); time.Since(begun) < wait; {
				runtime.Gosched()
			}
			if err := s.b.Cancel(id, false, false); err != nil {
				s.Fatal(err)
			}
			if v, f := s.value(id); f == nil && v != 1+i || f != nil && f.Kind != core.Cancelled {
				s.Fatalf("%v, %v", v, f)
			}
		}
		s.want(s.task(add, 1, 1), 2)
	}},
	{"Get obeys its context and the task goes on", func(s *suite) {
		dir := s.TempDir()
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		id := s.task(deaf, started, release)
		s.file(started)
		ctx, cancel := context.WithTimeout(s.ctx, time.Millisecond)
		defer cancel()
		if _, err := s.b.Get(ctx, []core.ID{id}); !errors.Is(err, context.DeadlineExceeded) {
			s.Fatalf("Get: %v", err)
		}
		s.create(release)
		s.want(id, nil)
	}},
	{"Wait tells what is ready", func(s *suite) {
		dir := s.TempDir()
		started, release := filepath.Join(dir, "started"), filepath.Join(dir, "release")
		slow, fast := s.task(deaf, started, release), s.task(add, 1, 1)
		ready, err := s.b.Wait(s.ctx, []core.ID{slow, fast}, 1, -1)
		if err != nil || ready[0] || !ready[1] {
			s.Fatalf("%v, %v", ready, err)
		}
		if ready, err = s.b.Wait(s.ctx, []core.ID{slow, fast}, 2, 0); err != nil || ready[0] || !ready[1] {
			s.Fatalf("polling: %v, %v", ready, err)
		}
		if ready, err = s.b.Wait(s.ctx, []core.ID{slow}, 1, time.Millisecond); err != nil || ready[0] {
			s.Fatalf("timeout: %v, %v", ready, err)
		}
		s.create(release)
		if ready, err = s.b.Wait(s.ctx, []core.ID{slow, fast}, 2, -1); err != nil || !ready[0] || !ready[1] {
			s.Fatalf("in the end: %v, %v", ready, err)
		}
	}},
	{"after Close nothing can be done", func(s *suite) {
		id := s.task(add, 1, 1)
		if err := s.b.Close(); err != nil {
			s.Fatal(err)
		}
		if _, err := s.b.Get(s.ctx, []core.ID{id}); !errors.Is(err, core.ErrClosed) {
			s.Errorf("Get: %v", err)
		}
		if err := s.b.Submit(s.spec(core.Task, nothing, nil)); !errors.Is(err, core.ErrClosed) {
			s.Errorf("Submit: %v", err)
		}
	}},
}
