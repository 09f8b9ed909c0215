package tune

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

// Fit runs the search and waits for its end. It obeys the interrupt of a
// notebook's cell. A failing trial is no error of the search; see
// ResultGrid.Errors. With an error, the grid holds what was found until then;
// it is nil where nothing ran.
func (t Tuner) Fit() (*ResultGrid, error) { return t.fit(nil) }

// FitContext is Fit that obeys ctx.
func (t Tuner) FitContext(ctx context.Context) (*ResultGrid, error) { return t.fit(ctx) }

// trainable is what runs trials of one kind.
type trainable interface {
	// resources is what one trial needs.
	resources() map[string]float64
	// prepare is called once, before the first trial, with its parameters.
	prepare(ctx context.Context, first Params) error
	// slot returns a place to run trials in, one after another.
	slot() slot
}

// slot runs one trial at a time.
type slot interface {
	// run runs a trial to its end. report hands over its metrics and tells
	// whether to go on.
	run(ctx context.Context, t *trial, report reporter) (*train.Checkpoint, error)
	// close frees what the slot holds.
	close()
}

type reporter func(train.Metrics, loop.Event) Decision

func (t Tuner) fit(ctx context.Context) (*ResultGrid, error) {
	s, err := t.Space.flatten()
	if err != nil {
		return nil, err
	}
	if err := t.Config.check(); err != nil {
		return nil, err
	}
	scheduler := t.Config.Scheduler
	if scheduler == nil {
		scheduler = FIFO{}
	}
	policy, err := scheduler.Policy()
	if err != nil {
		return nil, err
	}
	if !ray.IsInitialized() {
		return nil, ray.ErrNotInitialized
	}
	kind, err := t.trainable(s)
	if err != nil {
		return nil, err
	}
	width, err := t.Config.width(kind.resources())
	if err != nil {
		return nil, err
	}
	seed := t.Config.Seed
	if seed == 0 {
		seed = rand.Int64()
	}
	t.Config.Scheduler = scheduler
	e := &experiment{config: t.Config, space: s, seed: seed, policy: policy, kind: kind, quiet: t.Run.Verbose == train.Quiet}
	for i := range s.size() * max(1, t.Config.NumSamples) {
		p, err := s.at(i, seed)
		if err != nil {
			return nil, err
		}
		e.trials = append(e.trials, &trial{Result: Result{ID: trialID(i), Config: p, Status: Pending}, index: i})
	}
	if err := kind.prepare(ctx, e.trials[0].Config); err != nil {
		return nil, err
	}
	if err := e.open(t.Run); err != nil {
		return nil, err
	}
	return e.run(ctx, width)
}

func (t Tuner) trainable(s *space) (trainable, error) {
	switch f := t.Trainable.(type) {
	case nil:
		return nil, errors.New("tune: Tuner.Trainable is nil; give a function or a *train.XGBoost")
	case *train.XGBoost:
		if f == nil {
			return nil, errors.New("tune: Tuner.Trainable is a nil *train.XGBoost; fill it in")
		}
		return newBoostTrials(*f, s, t.Run)
	case train.XGBoost:
		return newBoostTrials(f, s, t.Run)
	}
	if err := loop.Check(t.Trainable, reflect.TypeFor[Params]()); err != nil {
		return nil, fmt.Errorf("tune: Tuner.Trainable: %w; write func(context.Context, tune.Params) error, or give a *train.XGBoost", err)
	}
	f, err := ray.CaptureFunc(t.Trainable)
	if err != nil {
		return nil, fmt.Errorf("tune: Tuner.Trainable: %w", err)
	}
	need := map[string]float64{"CPU": 1}
	if t.Config.Resources != nil {
		need = t.Config.Resources
	}
	return &functionTrials{fn: f, need: need, metric: t.Config.Metric}, nil
}

// experiment is a search under way.
type experiment struct {
	config Config
	space  *space
	seed   int64
	policy Policy
	kind   trainable
	quiet  bool
	dir    string

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
	if e.fatal != nil || e.next == len(e.trials) || e.outOfTime() {
		return nil
	}
	t := e.trials[e.next]
	e.next++
	t.Status, t.started = Running, time.Now()
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
	t.Checkpoint = checkpoint
	t.Seconds = time.Since(t.started).Seconds()
	switch {
	case err == nil && t.Status == Running:
		t.Status = Terminated
	case err == nil:
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ray.ErrSessionClosed):
		// The search was interrupted, which is no fault of the trial.
		t.Status, t.Error = Failed, err
		if e.fatal == nil {
			e.fatal = fmt.Errorf("tune: interrupted after %.1f s: %w", time.Since(e.started).Seconds(), err)
		}
	default:
		t.Status, t.Error = Failed, err
		if e.config.FailFast && e.fatal == nil {
			e.fatal = fmt.Errorf("tune: trial %s failed and FailFast is set: %w", t.ID, err)
		}
	}
	if err := t.log.finish(t.Error); err != nil && e.fatal == nil {
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
