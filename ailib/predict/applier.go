package predict

import (
	"reflect"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/runtime/ray"
)

// applier is the step of a dataset that predicts. It travels to the workers.
type applier struct {
	Key         string   // identifies the model
	Model       *ray.Ref // of a bundleOf
	Width       int      // numbers per row
	Features    []string // columns that the model takes
	Inputs      []string // columns that the preprocessor takes
	Keep        []string // columns to keep beside the predictions
	Transformed bool     // the preprocessor was applied already
}

// TransformBatch predicts the rows of a batch, in a worker.
func (a *applier) TransformBatch(b data.Batch) (data.Batch, error) {
	p, err := loaded.get(a.Key, a.fetch)
	if err != nil {
		return b, err
	}
	prediction, err := p.predict(b, a.Transformed)
	if err != nil {
		return b, err
	}
	out := data.NewBatch()
	if len(a.Keep) > 0 {
		out = b.Select(a.Keep...)
	}
	return withPredictions(out, prediction), nil
}

// TransformSchema tells the columns before anything runs, and that every row
// is kept.
func (a *applier) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	var fields []arrow.Field
	for _, name := range a.Keep {
		if at := in.FieldIndices(name); len(at) > 0 {
			fields = append(fields, in.Field(at[0]))
		}
	}
	t := arrow.DataType(arrow.PrimitiveTypes.Float64)
	if a.Width > 1 {
		t = arrow.ListOf(t)
	}
	return arrow.NewSchema(append(fields, arrow.Field{Name: Column, Type: t, Nullable: true}), nil), nil
}

// String names the step in a plan.
func (a *applier) String() string { return "Predict" }

func (a *applier) fetch() (*bundleOf, error) {
	v, err := ray.GetRef(nil, a.Model, reflect.TypeFor[bundleOf]())
	if err != nil {
		return nil, err
	}
	bundle := v.(bundleOf)
	return &bundle, nil
}

// loaded are the models of this process, so that each is loaded once however
// many batches it predicts.
var loaded models

// models are kept up to a number; beyond it, all are forgotten, and freed once
// no batch uses them any more.
type models struct {
	mu    sync.Mutex
	byKey map[string]*model
}

const maxModels = 16

type model struct {
	once sync.Once
	p    *Predictor
	err  error
}

func (m *models) get(key string, fetch func() (*bundleOf, error)) (*Predictor, error) {
	m.mu.Lock()
	e := m.byKey[key]
	if e == nil {
		if m.byKey == nil || len(m.byKey) >= maxModels {
			m.byKey = map[string]*model{}
		}
		e = &model{}
		m.byKey[key] = e
	}
	m.mu.Unlock()
	e.once.Do(func() {
		var b *bundleOf
		if b, e.err = fetch(); e.err == nil {
			e.p, e.err = b.predictor()
		}
	})
	if e.err != nil { // the next one may succeed, for example once a library is installed
		m.mu.Lock()
		if m.byKey[key] == e {
			delete(m.byKey, key)
		}
		m.mu.Unlock()
	}
	return e.p, e.err
}
