package train

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train/loop"
	"github.com/goray/goray/runtime/ray"
	"github.com/goray/goray/viz"
)

// DataParallel runs a function of your own in several workers at once, each
// with its part of the data sets:
//
//	result, err := train.DataParallel{
//		Loop: func(ctx context.Context, epochs int) error {
//			rows, err := train.DatasetShard(ctx, "train")
//			...
//			return train.Report(ctx, train.Metrics{"loss": loss})
//		},
//		LoopConfig: 10,
//		Scaling:    train.ScalingConfig{NumWorkers: 2},
//	}.Fit()
//
// Every worker must report equally often; the metrics of rank 0 count. The
// context and the argument of the function are optional, as is its result,
// which Result.Returns has, by rank.
type DataParallel struct {
	Loop       any // func([context.Context][, config]) [(result)][, error]
	LoopConfig any // the function's argument, where it takes one
	Datasets   map[string]*data.Dataset
	Scaling    ScalingConfig
	Run        RunConfig
	ResumeFrom *Checkpoint // what GetCheckpoint returns at first
}

// Fit runs the function in all workers and waits for the end.
func (d DataParallel) Fit() (*Result, error) { return d.fit(nil) }

// FitContext is Fit that obeys ctx.
func (d DataParallel) FitContext(ctx context.Context) (*Result, error) { return d.fit(ctx) }

// Func is DataParallel without settings: it runs fn in so many workers.
func Func(fn any, workers int) (*Result, error) {
	return DataParallel{Loop: fn, Scaling: ScalingConfig{NumWorkers: workers}}.Fit()
}

func (d DataParallel) fit(ctx context.Context) (*Result, error) {
	var config reflect.Type
	if d.LoopConfig != nil {
		config = reflect.TypeOf(d.LoopConfig)
	}
	if err := loop.Check(d.Loop, config); err != nil {
		return nil, fmt.Errorf("train: DataParallel.Loop: %w; write func(context.Context, Config) error and give LoopConfig", err)
	}
	if err := d.Run.Checkpoint.check(); err != nil {
		return nil, err
	}
	if err := d.Scaling.check(); err != nil {
		return nil, err
	}
	f, err := ray.CaptureFunc(d.Loop)
	if err != nil {
		return nil, fmt.Errorf("train: DataParallel.Loop: %w", err)
	}
	shards, err := d.shards(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := d.Run.Directory("dataparallel")
	if err != nil {
		return nil, err
	}
	p := &parallel{trainer: d, fn: f, shards: shards, keep: &Keeper{Dir: dir, Config: d.Run.Checkpoint}, started: time.Now()}
	p.result = &Result{Path: dir, Config: map[string]any{"num_workers": d.Scaling.workers(), "loop_config": d.LoopConfig}}
	if d.ResumeFrom != nil {
		p.start = d.ResumeFrom.Path()
	}
	return p.run(ctx)
}

// shards cuts each data set into equal parts, one per worker.
func (d DataParallel) shards(ctx context.Context) ([]map[string]*data.Dataset, error) {
	out := make([]map[string]*data.Dataset, d.Scaling.workers())
	for i := range out {
		out[i] = map[string]*data.Dataset{}
	}
	for _, name := range slices.Sorted(keys(d.Datasets)) {
		done, err := d.Datasets[name].MaterializeContext(ctx)
		if err != nil {
			return nil, fmt.Errorf("train: data set %q: %w", name, err)
		}
		parts, err := done.Split(len(out))
		if err != nil {
			return nil, fmt.Errorf("train: data set %q: %w", name, err)
		}
		for i, part := range parts {
			out[i][name] = part
		}
	}
	return out, nil
}

// parallel is a DataParallel training under way, in the driver.
type parallel struct {
	trainer DataParallel
	fn      ray.Func
	shards  []map[string]*data.Dataset
	keep    *Keeper
	result  *Result
	started time.Time
	live    *viz.Live
	start   string // checkpoint that the next attempt begins from
	reports int    // that are behind start
}

func (p *parallel) run(ctx context.Context) (*Result, error) {
	if p.trainer.Run.Verbose != Quiet {
		p.live = viz.NewLive()
		defer p.live.Close()
	}
	var err error
	for failures := 0; ; failures++ {
		if err = p.attempt(ctx); err == nil || !lost(err) {
			break
		}
		if limit := p.trainer.Run.Failure.MaxFailures; limit >= 0 && failures >= limit {
			err = fmt.Errorf("train: a worker was lost after %d restarts; raise FailureConfig.MaxFailures to have it started again from the last checkpoint: %w", failures, err)
			break
		}
		p.result.Notices = append(p.result.Notices, fmt.Sprintf("a worker was lost after report %d; went on from report %d: %v", len(p.result.History), p.reports, err))
		p.result.History = p.result.History[:p.reports:p.reports]
	}
	r := p.result
	r.Error = err
	r.Checkpoint, r.BestCheckpoints = p.keep.Latest(), p.keep.Ranked()
	if n := len(r.History); n > 0 {
		r.Metrics = r.History[n-1]
	}
	return r, err
}

// attempt starts the workers and answers their reports until all have ended.
func (p *parallel) attempt(ctx context.Context) error {
	class := ray.Actor[loop.Runner](loop.NewRunner).Options(append(p.trainer.Scaling.options(), ray.MaxConcurrency(2))...)
	runners := make([]ray.ActorHandle[loop.Runner], len(p.shards))
	done := make([]ray.ObjectRef[loop.Outcome], len(runners))
	for rank := range runners {
		runners[rank] = class.Remote(p.fn)
		done[rank] = ray.Call[loop.Outcome](runners[rank], (*loop.Runner).Run, 0, loop.Spec{
			Config: p.trainer.LoopConfig, Name: p.trainer.Run.Name,
			Rank: rank, WorldSize: len(runners), Start: p.start, Extra: p.shards[rank],
		})
	}
	defer func() {
		// One that is still being made would keep what it has reserved.
		ready := make([]*ray.Ref, len(runners))
		for rank, r := range runners {
			ready[rank] = r.Actor().Ready()
		}
		_, _ = ray.WaitRefs(context.Background(), ready, ray.NumReturns(len(ready)), ray.Timeout(patience))
		for _, r := range runners {
			_ = ray.Kill(r)
		}
	}()
	for {
		events := make([]ray.ObjectRef[loop.Event], len(runners))
		for rank, r := range runners {
			events[rank] = ray.Call[loop.Event](r, (*loop.Runner).Next, 0, loop.Reply{})
		}
		got, err := p.collect(ctx, events, done)
		if err != nil {
			return err
		}
		if got[0].End {
			break
		}
		if err := p.report(got); err != nil {
			return err
		}
	}
	outcomes, err := ray.GetAllContext(ctx, done)
	p.result.Returns = nil
	for _, o := range outcomes {
		p.result.Returns = append(p.result.Returns, o.Result())
	}
	return err
}

// collect waits for one event of every worker. A worker that ends while
// others go on reporting is an error: they would wait for it for ever.
func (p *parallel) collect(ctx context.Context, events []ray.ObjectRef[loop.Event], done []ray.ObjectRef[loop.Outcome]) ([]loop.Event, error) {
	got := make([]loop.Event, len(events))
	rankOf := map[string]int{}
	for rank, e := range events {
		rankOf[e.ID()] = rank
	}
	var reported, ended []int
	for pending := events; len(pending) > 0; {
		ready, rest, err := ray.WaitContext(ctx, pending)
		if err != nil {
			return nil, err
		}
		pending = rest
		for _, r := range ready {
			rank := rankOf[r.ID()]
			if got[rank], err = ray.GetContext(ctx, r); err != nil {
				return nil, rootCause(ctx, err, rest)
			}
			if !got[rank].End {
				reported = append(reported, rank)
				continue
			}
			ended = append(ended, rank)
			if _, err := ray.GetContext(ctx, done[rank]); err != nil {
				return nil, fmt.Errorf("train: rank %d: %w", rank, err)
			}
		}
		if len(reported) > 0 && len(ended) > 0 {
			slices.Sort(reported)
			slices.Sort(ended)
			return nil, fmt.Errorf("train: rank %d reported and rank %d returned without; every worker must call train.Report equally often", reported[0], ended[0])
		}
	}
	return got, nil
}

// report takes the reports of all ranks as one.
func (p *parallel) report(got []loop.Event) error {
	m := Metrics(got[0].Metrics)
	if m == nil {
		m = Metrics{}
	}
	m[iterationMetric], m[timeMetric] = float64(len(p.result.History)+1), time.Since(p.started).Seconds()
	p.result.History = append(p.result.History, m)
	if p.live != nil {
		p.live.Update(progress{history: p.result.History})
	}
	if got[0].Checkpoint == "" {
		return nil
	}
	reported, err := FromDir(got[0].Checkpoint)
	if err != nil {
		return err
	}
	c, err := p.keep.Copy(reported, len(p.result.History), m)
	if err != nil {
		return err
	}
	p.start, p.reports = c.Path(), len(p.result.History)
	return nil
}
