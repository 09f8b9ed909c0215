package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train/xgboost"
)

// boostSpec is what a worker of an XGBoost training needs to know.
type boostSpec struct {
	Rank, Size int
	Label      string
	Features   []string
	Params     xgboost.Params
	Threads    int
	Sets       []boostSet // the training set first
}

// boostSet is a worker's part of a data set.
type boostSet struct {
	Name   string
	Pieces []piece
}

// boostWorker is an actor that holds its part of the rows and the model.
type boostWorker struct {
	spec    boostSpec
	thread  *xgboost.Thread
	member  *xgboost.Member
	sets    []xgboost.EvalSet
	booster *xgboost.Booster
	rows    int64
}

func newBoostWorker(spec boostSpec) (*boostWorker, error) {
	if err := xgboost.Check(); err != nil {
		return nil, err
	}
	return &boostWorker{spec: spec, thread: xgboost.NewThread()}, nil
}

// Load fetches the worker's rows.
func (w *boostWorker) Load(ctx context.Context) (Worker, error) {
	err := w.thread.Do(func() error {
		for i, s := range w.spec.Sets {
			m, err := w.matrix(ctx, s)
			if err != nil {
				return fmt.Errorf("data set %q: %w", s.Name, err)
			}
			w.sets = append(w.sets, xgboost.EvalSet{Name: s.Name, Data: m})
			if i == 0 {
				w.rows = int64(m.NumRows())
			}
		}
		return nil
	})
	return Worker{Rank: w.spec.Rank, PID: os.Getpid(), Rows: w.rows}, err
}

func (w *boostWorker) matrix(ctx context.Context, s boostSet) (*xgboost.DMatrix, error) {
	columns := make([]xgboost.Column, len(w.spec.Features))
	for j, name := range w.spec.Features {
		columns[j].Name = name
	}
	label := []float32{}
	for _, p := range s.Pieces {
		batch, err := p.batch(ctx)
		if err != nil {
			return nil, err
		}
		for j, name := range w.spec.Features {
			if columns[j].Values, err = appendColumn(columns[j].Values, batch, name); err != nil {
				return nil, err
			}
		}
		if label, err = appendColumn(label, batch, w.spec.Label); err != nil {
			return nil, err
		}
	}
	for i, v := range label {
		if math.IsNaN(float64(v)) {
			return nil, fmt.Errorf("label %q is missing in row %d of worker %d; drop such rows first", w.spec.Label, i, w.spec.Rank)
		}
	}
	return xgboost.NewDMatrix(columns, xgboost.MatrixOptions{Label: label, Threads: w.spec.Threads})
}

func appendColumn(dst []float32, b data.Batch, name string) ([]float32, error) {
	column := b.Column(name)
	if column == nil {
		return nil, b.Err()
	}
	out, err := AppendFloat32(dst, column)
	if err != nil {
		return nil, fmt.Errorf("column %q: %w", name, err)
	}
	return out, nil
}

// Join enters the group, unless the worker is alone, and prepares the model:
// a new one, or the given one to go on with. tracker is what Tracker.Args
// returned.
func (w *boostWorker) Join(_ context.Context, tracker string, model []byte) error {
	return w.thread.Do(func() error {
		if w.spec.Size > 1 {
			m, err := xgboost.Join(tracker, w.spec.Rank, joinTimeout)
			if err != nil {
				return err
			}
			w.member = m
		}
		matrices := make([]*xgboost.DMatrix, len(w.sets))
		for i, s := range w.sets {
			matrices[i] = s.Data
		}
		var err error
		if len(model) > 0 {
			w.booster, err = xgboost.LoadBooster(model, w.spec.Params, matrices...)
		} else {
			w.booster, err = xgboost.NewBooster(w.spec.Params, matrices...)
		}
		return err
	})
}

// joinTimeout bounds how long the members of a group wait for each other. It
// is much longer than a round takes, since a slow member is no lost member.
const joinTimeout = 10 * time.Minute

// Step adds one round of trees and evaluates all data sets.
func (w *boostWorker) Step(_ context.Context, round int) ([]xgboost.Score, error) {
	var scores []xgboost.Score
	err := w.thread.Do(func() error {
		if err := w.booster.Update(round, w.sets[0].Data); err != nil {
			return err
		}
		var err error
		scores, err = w.booster.Eval(round, w.sets...)
		return err
	})
	return scores, err
}

// Save returns the model.
func (w *boostWorker) Save(context.Context) ([]byte, error) {
	var model []byte
	err := w.thread.Do(func() error {
		var err error
		model, err = w.booster.Save(xgboost.UBJ)
		return err
	})
	return model, err
}

// Close leaves the group and frees everything. The thread must not end while
// it is a member: XGBoost's destructors would then bring the process down.
func (w *boostWorker) Close(context.Context) error {
	err := w.thread.Do(func() error {
		if w.booster != nil {
			w.booster.Close()
		}
		for _, s := range w.sets {
			s.Data.Close()
		}
		if w.member != nil {
			return w.member.Leave()
		}
		return nil
	})
	w.thread.Close()
	return err
}
