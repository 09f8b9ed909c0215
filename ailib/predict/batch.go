package predict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/runtime/ray"
)

// Batch predicts whole datasets with the model of a checkpoint.
type Batch struct {
	err   error
	model applier
}

// NewBatch predicts with a checkpoint that train.XGBoost wrote. A checkpoint
// that cannot be used is reported by Err, and by what consumes predictions.
func NewBatch(c *train.Checkpoint) *Batch {
	bundle, key, err := read(c)
	if err != nil {
		return &Batch{err: err}
	}
	p, err := loaded.get(key, func() (*bundleOf, error) { return bundle, nil })
	if err != nil {
		return &Batch{err: err}
	}
	width, err := p.width()
	if err != nil {
		return &Batch{err: err}
	}
	// The model goes to the object store once and from there to each worker
	// once, however many batches there are.
	return &Batch{model: applier{Key: key, Model: ray.PutRef(*bundle), Width: width, Features: p.features, Inputs: p.inputs}}
}

// Err returns why the checkpoint cannot be used, or nil.
func (b *Batch) Err() error { return b.err }

// Option changes how a dataset is predicted.
type Option func(*options)

type options struct {
	keep        []string
	features    []string
	transformed bool
	mapping     []data.MapOption
}

// KeepColumns keeps columns of the data beside the predictions, such as the
// label to compare with. Without it, only the predictions are left.
func KeepColumns(names ...string) Option {
	return func(o *options) { o.keep = append(o.keep, names...) }
}

// FeatureColumns restricts what the model may use to these columns; without
// it, the model finds its features among all columns by their names.
func FeatureColumns(names ...string) Option {
	return func(o *options) { o.features = append(o.features, names...) }
}

// BatchSize predicts so many rows at a time. Default: a block.
func BatchSize(n int) Option {
	return func(o *options) { o.mapping = append(o.mapping, data.BatchSize(n)) }
}

// Concurrency bounds the number of tasks at the same time.
func Concurrency(n int) Option {
	return func(o *options) { o.mapping = append(o.mapping, data.Concurrency(n)) }
}

// Transformed says that the data went through the checkpoint's preprocessor
// already, so that it is not applied again.
func Transformed() Option { return func(o *options) { o.transformed = true } }

// Predict returns a dataset with the column "predictions": one number per row
// of ds, or a list where the model gives several, in the order of ds. It is
// lazy, as all steps of a dataset are.
func (b *Batch) Predict(ds *data.Dataset, opts ...Option) *data.Dataset {
	if b.err != nil {
		return data.Failed(b.err)
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	m := b.model
	m.Transformed = o.transformed
	need := slices.Clone(m.Inputs)
	if o.transformed {
		need = slices.Clone(m.Features)
	}
	for _, name := range need {
		if o.features != nil && !slices.Contains(o.features, name) {
			return data.Failed(fmt.Errorf("predict: FeatureColumns lacks %q; the model takes %s", name, strings.Join(need, ", ")))
		}
	}
	for _, name := range o.keep {
		if name == Column {
			return data.Failed(fmt.Errorf("predict: KeepColumns(%q) is where the predictions go; rename that column first", Column))
		}
		if !slices.Contains(m.Keep, name) {
			m.Keep = append(m.Keep, name)
		}
		if !slices.Contains(need, name) {
			need = append(need, name)
		}
	}
	// Selecting first finds a missing column before anything runs, and reads
	// only what is needed from the files.
	return ds.SelectColumns(need...).Transform(&m, o.mapping...)
}
