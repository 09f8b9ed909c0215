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

// functionTrials run a function, each trial in an actor of its own.
type functionTrials struct {
	fn     ray.Func
	need   map[string]float64
	metric string
}

func (f *functionTrials) resources() map[string]float64 { return f.need }

func (f *functionTrials) prepare(context.Context, Params) error { return nil }

// farewell is how long a function that was told to stop may take to return
// before its process is ended.
const farewell = 5 * time.Second

func (f *functionTrials) run(ctx context.Context, t *trial, report reporter) (*train.Checkpoint, error) {
	return nil, f.follow(ctx, t, report)
}

// follow starts the function and answers its reports until it has ended.
func (f *functionTrials) follow(ctx context.Context, t *trial, report reporter) error {
	opts := []ray.Option{ray.MaxConcurrency(2)} // the function, and the wait for its reports
	for name, amount := range f.need {
		switch name {
		case "CPU":
			opts = append(opts, ray.NumCPUs(amount))
		case "GPU":
			opts = append(opts, ray.NumGPUs(amount))
		default:
			opts = append(opts, ray.Resource(name, amount))
		}
	}
	runner := ray.Actor[loop.Runner](loop.NewRunner).Options(opts...).Remote(loop.Spec{Func: f.fn, Config: maps.Clone(t.Config), Name: t.ID, WorldSize: 1})
	// Whatever happens, the actor's CPU is free for the next trial at once.
	defer func() { _ = ray.Kill(runner) }()
	done := ray.Call[loop.Outcome](runner, (*loop.Runner).Run)

	var reply loop.Reply
	for {
		wait := ctx
		if reply.Stop {
			limited, cancel := context.WithTimeout(orBackground(ctx), farewell)
			defer cancel()
			wait = limited
		}
		event, err := ray.GetContext(wait, ray.Call[loop.Event](runner, (*loop.Runner).Next, reply))
		if reply.Stop {
			return nil // it has returned, or is ended by force
		}
		if err != nil {
			return f.ended(ctx, done, err)
		}
		if event.End {
			break
		}
		reply.Stop = report(event.Metrics, event) == Stop
	}
	outcome, err := ray.GetContext(ctx, done)
	if err != nil {
		return err
	}
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

// ended finds out why no report came: the function's own error tells more
// than the failed wait for it.
func (f *functionTrials) ended(ctx context.Context, done ray.ObjectRef[loop.Outcome], err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	limited, cancel := context.WithTimeout(orBackground(ctx), farewell)
	defer cancel()
	if _, own := ray.GetContext(limited, done); own != nil && !errors.Is(own, context.DeadlineExceeded) {
		return own
	}
	return err
}

func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}
