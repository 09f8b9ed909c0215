package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
)

// functionTrials run a function, in as many actors as trials run at a time.
type functionTrials struct {
	fn     ray.Func
	need   map[string]float64
	metric string
}

func (f *functionTrials) resources() map[string]float64 { return f.need }

func (f *functionTrials) prepare(context.Context, Params) error { return nil }

func (f *functionTrials) slot() slot { return &functionSlot{trials: f} }

// functionSlot runs one trial after another in the same actor, because a new
// process costs far more than most trials' first report. The actor is replaced
// when it died, or when a trial did not let go of it.
type functionSlot struct {
	trials *functionTrials
	runner ray.ActorHandle[loop.Runner]
	alive  bool
	runs   int
}

// farewell is how long a function that was told to stop may take to return
// before its process is ended.
const farewell = 5 * time.Second

func (s *functionSlot) start() {
	if s.alive {
		return
	}
	opts := []ray.Option{ray.MaxConcurrency(2)} // the function, and the wait for its reports
	for name, amount := range s.trials.need {
		switch name {
		case "CPU":
			opts = append(opts, ray.NumCPUs(amount))
		case "GPU":
			opts = append(opts, ray.NumGPUs(amount))
		default:
			opts = append(opts, ray.Resource(name, amount))
		}
	}
	s.runner = ray.Actor[loop.Runner](loop.NewRunner).Options(opts...).Remote(s.trials.fn)
	s.alive = true
}

// close ends the actor. What fails here has ended already.
func (s *functionSlot) close() {
	if s.alive {
		_ = ray.Kill(s.runner)
		s.alive = false
	}
}

func (s *functionSlot) run(ctx context.Context, t *trial, report reporter) (*train.Checkpoint, error) {
	s.start()
	s.runs++
	done := ray.Call[loop.Outcome](s.runner, (*loop.Runner).Run, s.runs, loop.Spec{Config: maps.Clone(t.Config), Name: t.ID, WorldSize: 1})
	var reply loop.Reply
	for {
		event, err := s.next(ctx, t.deadline, reply)
		if err != nil {
			if !errors.Is(err, errOutOfTime) {
				err = s.cause(done, err)
			}
			s.close()
			return nil, err
		}
		if event.End {
			break
		}
		if report(event.Metrics, event) == Stop {
			s.stop(done)
			return nil, nil
		}
	}
	outcome, err := ray.GetContext(ctx, done)
	if err != nil {
		return nil, err
	}
	return nil, s.trials.result(outcome, report)
}

// errOutOfTime ends a trial that makes no report before the search's time
// budget is used up.
var errOutOfTime = errors.New("tune: the time budget is used up")

// next waits for the next event, at most until the deadline, if there is one.
func (s *functionSlot) next(ctx context.Context, deadline time.Time, reply loop.Reply) (loop.Event, error) {
	event := ray.Call[loop.Event](s.runner, (*loop.Runner).Next, s.runs, reply)
	if !deadline.IsZero() {
		ready, _, err := ray.WaitContext(ctx, []ray.ObjectRef[loop.Event]{event}, ray.Timeout(max(0, time.Until(deadline))))
		if err != nil {
			return loop.Event{}, err
		}
		if len(ready) == 0 {
			return loop.Event{}, errOutOfTime
		}
	}
	return ray.GetContext(ctx, event)
}

// result reports what the function has returned, if it returned metrics.
func (f *functionTrials) result(outcome loop.Outcome, report reporter) error {
	switch outcome.Kind {
	case loop.Metrics:
		report(outcome.Metrics, loop.Event{})
	case loop.Score:
		if f.metric == "" {
			return errors.New("tune: the function returns a number without a name; set Config.Metric, or return tune.Metrics")
		}
		report(train.Metrics{f.metric: outcome.Score}, loop.Event{})
	case loop.Value:
		return fmt.Errorf("tune: the function returns a %T; return tune.Metrics, a number, or only an error", outcome.Value)
	}
	return nil
}

// stop tells the function to end, and ends its process if it does not.
func (s *functionSlot) stop(done ray.ObjectRef[loop.Outcome]) {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_, err := ray.GetContext(ctx, ray.Call[loop.Event](s.runner, (*loop.Runner).Next, s.runs, loop.Reply{Stop: true}))
	if err == nil {
		_, err = ray.GetContext(ctx, done)
	}
	var own *ray.TaskError
	if err != nil && !errors.As(err, &own) { // an error of the function itself is the usual way to end
		s.close()
	}
}

// cause finds out why no report came: the function's own error tells more than
// the failed wait for it.
func (s *functionSlot) cause(done ray.ObjectRef[loop.Outcome], err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	if _, own := ray.GetContext(ctx, done); own != nil && !errors.Is(own, context.DeadlineExceeded) {
		return own
	}
	return err
}
