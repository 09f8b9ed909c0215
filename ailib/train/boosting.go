package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/ailib/train/xgboost"
	"github.com/goray/goray/viz"
)

// boosting is a training under way, in the driver: it starts groups of
// workers, leads them through the rounds, and keeps what comes out.
type boosting struct {
	trainer XGBoost
	data    *prepared
	params  xgboost.Params
	rounds  int

	keep    *Keeper
	result  *Result
	started time.Time
	live    *viz.Live

	// Where the next group begins: after so many rounds, with this model.
	done  int
	model []byte
}

// resume takes the start from ResumeFrom, if there is one.
func (b *boosting) resume() error {
	from := b.trainer.ResumeFrom
	if from == nil {
		return nil
	}
	meta := from.Metadata()
	switch {
	case meta.Round >= b.rounds:
		return fmt.Errorf("train: the checkpoint %s has %d rounds already; set Rounds to the total that is wanted, more than that", from.Path(), meta.Round)
	case !slices.Equal(meta.Features, b.data.features):
		return fmt.Errorf("train: the checkpoint %s was trained on %s, the data has %s; give the same columns", from.Path(), strings.Join(meta.Features, ", "), strings.Join(b.data.features, ", "))
	}
	model, err := from.Read(ModelFile)
	if err != nil {
		return err
	}
	b.done, b.model = meta.Round, model
	return nil
}

func (b *boosting) run(ctx context.Context) (*Result, error) {
	if b.trainer.Run.Verbose != Quiet {
		b.live = viz.NewLive()
		defer b.live.Close()
	}
	b.started = time.Now()
	first := b.done
	var err error
	for failures := 0; ; failures++ {
		err = b.attempt(ctx)
		if err == nil || !lost(err) {
			break
		}
		if limit := b.trainer.Run.Failure.MaxFailures; limit >= 0 && failures >= limit {
			err = fmt.Errorf("train: a worker was lost in round %d, after %d restarts; raise FailureConfig.MaxFailures to have it started again from the last checkpoint: %w",
				first+len(b.result.History)+1, failures, err)
			break
		}
		b.result.Notices = append(b.result.Notices, fmt.Sprintf("a worker was lost in round %d; went on from round %d: %v", first+len(b.result.History)+1, b.done, err))
		b.result.History = b.result.History[: b.done-first : b.done-first]
	}
	if errors.Is(err, ErrStop) {
		err = nil
	}
	r := b.result
	r.Error = err
	r.Checkpoint, r.BestCheckpoints = b.keep.Latest(), b.keep.Ranked()
	if n := len(r.History); n > 0 {
		r.Metrics = r.History[n-1]
	}
	return r, err
}

// attempt trains with one group from where the last checkpoint was.
func (b *boosting) attempt(ctx context.Context) error {
	group, err := startGroup(ctx, b.trainer.Scaling, b.specs(), b.model)
	if err != nil {
		return err
	}
	b.result.Workers = group.held
	if b.trainer.onGroup != nil {
		b.trainer.onGroup(group.held)
	}
	if err := b.boost(ctx, group); err != nil {
		// A group that stops early has members that wait for each other; only
		// after a full stop by the driver can they leave in order.
		if errors.Is(err, ErrStop) {
			return errors.Join(err, group.close(ctx))
		}
		group.kill()
		return err
	}
	return group.close(ctx)
}

func (b *boosting) specs() []boostSpec {
	size := b.trainer.Scaling.workers()
	params := maps.Clone(b.params)
	threads := b.trainer.Scaling.threads()
	for _, name := range []string{"nthread", "n_jobs"} {
		if n, ok := params[name].(int); ok && n > 0 {
			threads = n
		}
		delete(params, name)
	}
	params["nthread"] = threads
	if b.trainer.Scaling.UseGPU && params["device"] == nil {
		params["device"] = "cuda"
	}
	specs := make([]boostSpec, size)
	for rank := range specs {
		specs[rank] = boostSpec{Rank: rank, Size: size, Label: b.trainer.Label, Features: b.data.features, Params: params, Threads: threads}
		for _, s := range b.data.sets {
			specs[rank].Sets = append(specs[rank].Sets, boostSet{Name: s.name, Pieces: s.blocks.shard(rank, size)})
		}
	}
	return specs
}

// boost leads a group through the rounds that are left.
func (b *boosting) boost(ctx context.Context, group *boostGroup) error {
	for round := b.done; round < b.rounds; round++ {
		scores, err := group.step(ctx, round)
		if err != nil {
			return err
		}
		m := Metrics{iterationMetric: float64(round + 1), timeMetric: time.Since(b.started).Seconds()}
		for _, s := range scores {
			m[s.Name] = s.Value
		}
		b.result.History = append(b.result.History, m)
		if b.live != nil {
			b.live.Update(progress{history: b.result.History, rounds: b.rounds})
		}
		var stop error
		if b.trainer.OnRound != nil {
			stop = b.trainer.OnRound(round+1, maps.Clone(m))
		}
		if stop != nil && !errors.Is(stop, ErrStop) {
			return stop
		}
		if b.keep.due(round+1, b.rounds) || stop != nil {
			if err := b.save(ctx, group, round+1, m); err != nil {
				return err
			}
		}
		if stop != nil {
			return stop
		}
	}
	return nil
}

// save writes a checkpoint, from which a later group would go on.
func (b *boosting) save(ctx context.Context, group *boostGroup, rounds int, m Metrics) error {
	model, err := group.save(ctx)
	if err != nil {
		return err
	}
	files := map[string][]byte{ModelFile: model}
	meta := Metadata{
		Kind: KindXGBoost, Library: "xgboost " + xgboost.Version, Round: rounds, Metrics: m, Label: b.trainer.Label,
		Features: b.data.features, Inputs: b.data.inputs, Params: b.params,
	}
	if b.data.preprocessor != nil {
		meta.Preprocessor = b.data.preprocessorKind
		files[PreprocessorFile] = b.data.preprocessor
	}
	c, err := WriteCheckpoint(b.keep.path(rounds), meta, files)
	if err != nil {
		return err
	}
	b.done, b.model = rounds, model
	return b.keep.add(c)
}
