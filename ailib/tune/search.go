package tune

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

// experiment is a search under way.
type experiment struct {
	config      Config
	space       *space
	seed        int64
	policy      Policy
	kind        trainable
	quiet       bool
	dir         string
	checkpoints train.CheckpointConfig // which checkpoints of functions are kept

	started time.Time

	mu     sync.Mutex // guards what follows, the trials' fields, and the policy
	trials []*trial
	next   int   // index of the first trial that was not started
	fatal  error // ends the search
	view   *statusView
	seen   bool // a report came, so the metric's name has been checked
}

// run lets width goroutines take the trials in their order.
func (e *experiment) run(parent context.Context, width int) (*ResultGrid, error) {
	e.started = time.Now()
	if !e.quiet {
		e.view = newStatusView()
	}
	// A nil context means the cell's to package ray; it is passed on as it is,
	// and a search that ends early is noticed between reports.
	var group sync.WaitGroup
	for range min(width, len(e.trials)) {
		group.Go(func() {
			s := e.kind.slot()
			defer s.close()
			for t := e.take(); t != nil; t = e.take() {
				checkpoint, err := s.run(parent, t, func(m train.Metrics, ev loop.Event) Decision { return e.report(t, m, ev) })
				e.finish(t, checkpoint, err)
			}
		})
	}
	group.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	grid := e.grid()
	if e.view != nil {
		e.view.close(grid)
	}
	return grid, e.fatal
}

// take returns the next trial, and nil when none shall start any more.
func (e *experiment) take() *trial {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.next < len(e.trials) && e.trials[e.next].Status != Pending { // restored
		e.next++
	}
	if e.fatal != nil || e.next == len(e.trials) || e.outOfTime() {
		return nil
	}
	t := e.trials[e.next]
	e.next++
	t.Status, t.started = Running, time.Now()
	if e.config.TimeBudget > 0 {
		t.deadline = e.started.Add(e.config.TimeBudget)
	}
	if err := t.log.start(t.Config); err != nil {
		e.fatal = err
		return nil
	}
	e.show()
	return t
}

func (e *experiment) outOfTime() bool {
	return e.config.TimeBudget > 0 && time.Since(e.started) >= e.config.TimeBudget
}

// report takes the metrics of a trial and decides whether it goes on.
func (e *experiment) report(t *trial, m train.Metrics, ev loop.Event) Decision {
	// Copying files needs no lock: a trial reports from one goroutine.
	kept, keepErr := t.keep(m, ev)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fatal != nil {
		return Stop
	}
	if !e.seen && e.config.Metric != "" {
		if _, ok := m[e.config.Metric]; !ok {
			e.fatal = fmt.Errorf("tune: Config.Metric is %q, which the trials do not report; they report %v", e.config.Metric, m.Names())
			return Stop
		}
	}
	e.seen = true
	m[iterationMetric] = float64(len(t.History) + 1)
	m[timeMetric] = time.Since(t.started).Seconds()
	if keepErr != nil {
		t.failure = keepErr
		return Stop
	}
	if kept != nil {
		t.Checkpoint = kept
	}
	t.Metrics, t.History, t.Seconds = m, append(t.History, m), m[timeMetric]
	if err := t.log.report(t.ID, m, ev, t.Config); err != nil {
		e.fatal = err
		return Stop
	}
	event := Event{Trial: t.ID, Iteration: len(t.History), Seconds: t.Seconds, Metrics: m}
	if e.config.Metric != "" {
		event.Score = e.config.score(m)
	}
	decision := e.policy.Decide(event)
	for _, s := range e.config.Stop {
		if s.ShouldStop(event) {
			decision = Stop
		}
	}
	if e.outOfTime() {
		decision = Stop
	}
	if decision == Stop {
		t.Status = Stopped
	}
	e.show()
	return decision
}

// finish notes how a trial ended.
func (e *experiment) finish(t *trial, checkpoint *train.Checkpoint, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if checkpoint != nil {
		t.Checkpoint = checkpoint
	}
	t.Seconds = time.Since(t.started).Seconds()
	interrupted := false
	if t.failure != nil {
		err = t.failure
	}
	switch {
	case errors.Is(err, errOutOfTime):
		t.Status = Stopped
	case err == nil && t.Status == Running:
		t.Status = Terminated
	case err == nil:
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ray.ErrSessionClosed):
		// The search was interrupted, which is no fault of the trial.
		t.Status, t.Error, interrupted = Failed, err, true
		if e.fatal == nil {
			e.fatal = fmt.Errorf("tune: interrupted after %.1f s: %w", time.Since(e.started).Seconds(), err)
		}
	case errors.Is(err, ray.ErrTaskCancelled):
		// The interrupt of a cell has reached the trial's task before it reached the search.
		t.Status, t.Error, interrupted = Failed, err, true
		if e.fatal == nil {
			e.fatal = fmt.Errorf("tune: interrupted after %.1f s: %w: %w", time.Since(e.started).Seconds(), context.Canceled, err)
		}
	default:
		t.Status, t.Error = Failed, err
		if e.config.FailFast && e.fatal == nil {
			e.fatal = fmt.Errorf("tune: trial %s failed and FailFast is set: %w", t.ID, err)
		}
	}
	if err := t.log.finish(&t.Result, interrupted); err != nil && e.fatal == nil {
		e.fatal = err
	}
	e.show()
}

func (e *experiment) grid() *ResultGrid {
	g := &ResultGrid{Path: e.dir, config: e.config, space: e.space, wall: time.Since(e.started)}
	for _, t := range e.trials {
		r := t.Result
		g.results = append(g.results, &r)
	}
	return g
}

func (e *experiment) show() {
	if e.view != nil {
		e.view.update(e.grid())
	}
}
