package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/runtime/ray"
)

// boostGroup are the workers of one attempt to train, as the driver sees them.
type boostGroup struct {
	workers []ray.ActorHandle[boostWorker]
	held    []Worker // what each worker holds
	tracker *xgboost.Tracker
}

// startGroup starts a worker per spec, loads their rows, and brings them
// together. model is where to go on from, or nil.
func startGroup(ctx context.Context, scaling ScalingConfig, specs []boostSpec, model []byte) (*boostGroup, error) {
	g := &boostGroup{}
	class := ray.Actor[boostWorker](newBoostWorker).Options(scaling.options()...)
	for _, spec := range specs {
		g.workers = append(g.workers, class.Remote(spec))
	}
	err := g.form(ctx, model)
	if err != nil {
		g.kill()
		return nil, err
	}
	return g, nil
}

func (g *boostGroup) form(ctx context.Context, model []byte) error {
	held, err := onAll(ctx, g, func(w ray.ActorHandle[boostWorker]) ray.ObjectRef[Worker] {
		return ray.Call[Worker](w, (*boostWorker).Load)
	})
	if err != nil {
		return err
	}
	for i, h := range held {
		if h.Rows == 0 {
			return fmt.Errorf("train: worker %d of %d got no rows; lower ScalingConfig.NumWorkers", i, len(held))
		}
	}
	g.held = held
	args := ""
	if len(g.workers) > 1 {
		g.tracker, err = xgboost.NewTracker(xgboost.TrackerOptions{Workers: len(g.workers), Timeout: joinTimeout})
		if err != nil {
			return err
		}
		args = g.tracker.Args()
	}
	_, err = onAll(ctx, g, func(w ray.ActorHandle[boostWorker]) ray.ObjectRef[any] {
		return ray.Call[any](w, (*boostWorker).Join, args, model)
	})
	return err
}

// step runs one round on all workers. The scores are the same on each.
func (g *boostGroup) step(ctx context.Context, round int) ([]xgboost.Score, error) {
	all, err := onAll(ctx, g, func(w ray.ActorHandle[boostWorker]) ray.ObjectRef[[]xgboost.Score] {
		return ray.Call[[]xgboost.Score](w, (*boostWorker).Step, round)
	})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// save returns the model. All workers have the same one.
func (g *boostGroup) save(ctx context.Context) ([]byte, error) {
	return ray.GetContext(ctx, ray.Call[[]byte](g.workers[0], (*boostWorker).Save))
}

// close lets the workers leave in order and ends them.
func (g *boostGroup) close(ctx context.Context) error {
	_, err := onAll(ctx, g, func(w ray.ActorHandle[boostWorker]) ray.ObjectRef[any] {
		return ray.Call[any](w, (*boostWorker).Close)
	})
	g.end()
	return err
}

// patience is how long workers get to free what they hold before they are
// killed. In a process of their own it would be freed anyway.
const patience = time.Second

// kill ends the workers without their help. One may be gone, and its peers
// may wait for it.
func (g *boostGroup) kill() {
	refs := make([]ray.ObjectRef[any], len(g.workers))
	for i, w := range g.workers {
		refs[i] = ray.Call[any](w, (*boostWorker).Close)
	}
	// Not the caller's context: that may be what ended the training.
	_, _, _ = ray.WaitContext(context.Background(), refs, ray.NumReturns(len(refs)), ray.Timeout(patience))
	g.end()
}

// end ends the workers at once. What fails here has ended already.
func (g *boostGroup) end() {
	for _, w := range g.workers {
		_ = ray.Kill(w)
	}
	if g.tracker != nil {
		g.tracker.Close()
	}
}

// onAll calls all workers and waits for all results. When one fails, the
// others may wait for it in vain, so the first error ends the waiting.
func onAll[R any](ctx context.Context, g *boostGroup, call func(ray.ActorHandle[boostWorker]) ray.ObjectRef[R]) ([]R, error) {
	refs := make([]ray.ObjectRef[R], len(g.workers))
	for i, w := range g.workers {
		refs[i] = call(w)
	}
	for pending := refs; len(pending) > 0; {
		ready, rest, err := ray.WaitContext(ctx, pending)
		if err != nil {
			return nil, err
		}
		for _, r := range ready {
			if _, err := ray.GetContext(ctx, r); err != nil {
				return nil, rootCause(ctx, err, rest)
			}
		}
		pending = rest
	}
	return ray.GetAllContext(ctx, refs)
}

// settling is how long the others get to tell what they know after one worker
// has failed: the one whose peer was killed may well be the first to notice.
const settling = 3 * time.Second

// rootCause prefers the loss of a worker over the complaints of its peers.
func rootCause[R any](ctx context.Context, first error, others []ray.ObjectRef[R]) error {
	if lost(first) || len(others) == 0 {
		return first
	}
	ready, _, err := ray.WaitContext(ctx, others, ray.NumReturns(len(others)), ray.Timeout(settling))
	if err != nil {
		return first
	}
	for _, r := range ready {
		if _, err := ray.GetContext(ctx, r); lost(err) {
			return err
		}
	}
	return first
}

// lost reports whether an error means that a worker is gone, as opposed to an
// error of the work itself.
func lost(err error) bool {
	return errors.Is(err, ray.ErrWorkerCrashed) || errors.Is(err, ray.ErrActorUnavailable) ||
		errors.Is(err, ray.ErrObjectLost) || errors.Is(err, ray.ErrOwnerDied) || errors.Is(err, ray.ErrOutOfMemory) ||
		errors.Is(err, ray.ErrActorDied) && !failedConstructor(err)
}

// failedConstructor tells an actor that could not start because of its own
// error from one that was lost: only the former carries a task's error.
func failedConstructor(err error) bool {
	var e *ray.TaskError
	return errors.As(err, &e)
}
