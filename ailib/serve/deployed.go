package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// deployed keeps the replicas of a deployment alive.
type deployed struct {
	spec   Deployment
	args   []any
	router *router
	handle *Handle

	ctx  context.Context // ends with the deployment
	stop context.CancelFunc
	work sync.WaitGroup // replacements and the health check

	mu       sync.Mutex
	ending   bool
	restarts int
	message  string // why it is not healthy
}

// startTries is how often a constructor may fail before the deployment does.
const startTries = 3

func newDeployed(app string, generation int64, d Deployment, args []any) *deployed {
	ctx, cancel := context.WithCancel(context.Background())
	s := handleState{App: app, Deployment: d.Name, Generation: generation, Replicas: d.NumReplicas, MaxOngoing: d.MaxOngoing, MaxQueued: d.MaxQueued, AtMostOnce: d.AtMostOnce}
	r := &router{app: app, deployment: d.Name, generation: generation, maxOngoing: d.MaxOngoing, maxQueued: d.MaxQueued, atMostOnce: d.AtMostOnce}
	for i := range d.NumReplicas {
		r.slots = append(r.slots, &slot{index: i})
	}
	dep := &deployed{spec: d, args: args, router: r, handle: &Handle{s, r}, ctx: ctx, stop: cancel}
	r.dead = func(s *slot, actor *ray.ActorRef) { dep.replace(s.index, actor) }
	return dep
}

// start starts all replicas and returns when they are ready.
func (d *deployed) start(ctx context.Context) error {
	handler, err := ray.CaptureFunc(d.spec.Handler)
	if err != nil {
		return fmt.Errorf("serve: deployment %s: %w", d.spec.Name, err)
	}
	errs := make([]error, d.spec.NumReplicas)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			for range startTries {
				if errs[i] = d.create(ctx, handler, i); errs[i] == nil || ctx.Err() != nil || errors.Is(errs[i], ray.ErrInvalidCall) {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("serve: DEPLOY_FAILED: %s: %w", d.spec.Name, err)
		}
	}
	d.work.Go(d.watch)
	return nil
}

// create starts one replica and puts it into its slot when it is ready.
func (d *deployed) create(ctx context.Context, handler ray.Func, index int) error {
	spec := replicaSpec{
		App: d.router.app, Deployment: d.spec.Name, Handler: handler, Construct: d.spec.construct, Args: d.args,
		UserConfig: d.spec.UserConfig, MaxOngoing: d.spec.MaxOngoing, Fields: d.spec.fields, Batch: d.spec.Batch,
	}
	options := append([]ray.Option{
		ray.Name(replicaName(d.router.app, d.spec.Name, d.router.generation, index)), ray.Namespace(namespace),
		// Twice as many places as requests: those of other processes wait inside. The health check
		// and Linger have places of their own.
		ray.MaxConcurrency(2*d.spec.MaxOngoing + 3),
	}, d.spec.Options...)
	actor := ray.NewClass(newReplica, replicaType).With(options...).New(spec)
	v, err := ray.GetRef(ctx, actor.Call(replicaType, infoType, "Describe"), infoType)
	if err != nil {
		if killErr := actor.Kill(); killErr != nil && !died(killErr) && !errors.Is(err, ray.ErrInvalidCall) {
			err = errors.Join(err, killErr)
		}
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ending {
		return actor.Kill()
	}
	d.router.fill(index, actor, v.(replicaInfo).PID)
	d.work.Go(func() { d.attend(d.router.slots[index], actor) })
	return nil
}

// attend waits for the death of a replica.
func (d *deployed) attend(s *slot, actor *ray.ActorRef) {
	_, err := ray.GetRef(d.ctx, actor.Call(replicaType, nil, "Linger"), anyType)
	if err != nil && d.ctx.Err() == nil {
		d.router.lost(s, actor)
	}
}

// replace starts a new replica in the place of one that died, until one lives.
func (d *deployed) replace(index int, old *ray.ActorRef) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ending {
		return
	}
	d.restarts++
	d.message = fmt.Sprintf("replica %d died and is being replaced", index)
	d.work.Go(func() {
		// The name must be free, also when the process only seems dead.
		if err := old.Kill(); err != nil && !died(err) {
			d.say("replica %d: %v", index, err)
		}
		handler, err := ray.CaptureFunc(d.spec.Handler)
		for wait := 20 * time.Millisecond; d.ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
			if err == nil {
				err = d.create(d.ctx, handler, index)
			}
			if err == nil {
				d.say("")
				return
			}
			d.say("replica %d cannot be replaced: %v", index, err)
			err = nil
			select {
			case <-time.After(wait):
			case <-d.ctx.Done():
			}
		}
	})
}

func (d *deployed) say(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.message = fmt.Sprintf(format, args...)
}

// watch asks every replica from time to time whether it is well.
func (d *deployed) watch() {
	tick := time.NewTicker(d.spec.HealthPeriod)
	defer tick.Stop()
	for {
		select {
		case <-d.ctx.Done():
			return
		case <-tick.C:
		}
		var round sync.WaitGroup
		for _, s := range d.router.slots {
			d.router.mu.Lock()
			actor := s.actor
			d.router.mu.Unlock()
			if actor != nil {
				round.Go(func() { d.examine(s, actor) })
			}
		}
		round.Wait()
	}
}

func (d *deployed) examine(s *slot, actor *ray.ActorRef) {
	ctx, cancel := context.WithTimeout(d.ctx, d.spec.HealthTimeout)
	defer cancel()
	_, err := ray.GetRef(ctx, actor.Call(replicaType, nil, "Check"), anyType)
	if err != nil && d.ctx.Err() == nil {
		d.router.lost(s, actor)
	}
}

// drainTime is how long requests may go on when their deployment ends.
const drainTime = 5 * time.Second

// end lets the requests finish, kills the replicas and waits for everything that was started.
func (d *deployed) end(drain bool) {
	if drain {
		for limit := time.Now().Add(drainTime); d.router.busy() > 0 && time.Now().Before(limit); {
			time.Sleep(5 * time.Millisecond)
		}
	}
	d.mu.Lock()
	d.ending = true
	d.mu.Unlock()
	d.stop()
	d.router.close(ErrNotRunning)
	for _, s := range d.router.slots {
		d.router.mu.Lock()
		actor := s.actor
		s.actor = nil
		d.router.mu.Unlock()
		if actor != nil {
			if err := actor.Kill(); err != nil && !died(err) {
				d.say("%v", err)
			}
		}
	}
	d.work.Wait()
}
