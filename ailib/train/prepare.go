package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/goray/goray/ailib/preprocess"
)

// prepared are data sets that are ready to be trained on: preprocessed,
// materialised in the object store, and checked.
type prepared struct {
	sets     []preparedSet // "train" first, then the others by name
	features []string      // columns that the model takes
	inputs   []string      // columns before the preprocessor

	preprocessor     []byte // the fitted preprocessor, encoded; nil without one
	preprocessorKind string
}

type preparedSet struct {
	name   string
	blocks blocks
}

// Prepare does the work that does not depend on the parameters: it fits the
// preprocessor, applies it, and materialises the data. The trainer that it
// returns, and copies of it with other parameters, can be fitted without
// doing so again.
func (t XGBoost) Prepare(ctx context.Context) (XGBoost, error) {
	if err := t.Check(); err != nil {
		return t, err
	}
	if err := t.ready(); err != nil {
		return t, err
	}
	p, err := t.prepare(ctx)
	if err != nil {
		return t, err
	}
	t.prepared = p
	return t, nil
}

func (t XGBoost) prepare(ctx context.Context) (*prepared, error) {
	p := &prepared{}
	names := slices.Sorted(keys(t.Datasets))
	names = slices.Insert(slices.DeleteFunc(names, func(n string) bool { return n == "train" }), 0, "train")
	pre, err := t.preprocessor()
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		ds := t.Datasets[name]
		if ds == nil {
			return nil, fmt.Errorf("train: data set %q is nil; leave it out or read it", name)
		}
		if pre != nil {
			if i == 0 {
				if p.inputs, err = columnsOf(ds, t.Label); err != nil {
					return nil, fmt.Errorf("train: data set %q: %w", name, err)
				}
				if !pre.Fitted() {
					if err := pre.Fit(ds); err != nil {
						return nil, fmt.Errorf("train: preprocessor: %w", err)
					}
				}
			}
			ds = pre.Transform(ds)
		}
		b, schema, err := materialize(ctx, ds)
		if err != nil {
			return nil, fmt.Errorf("train: data set %q: %w", name, err)
		}
		if i == 0 {
			if p.features, err = featuresOf(schema, t.Label); err != nil {
				return nil, err
			}
		} else if err := lacking(name, schema, append([]string{t.Label}, p.features...)); err != nil {
			return nil, err
		}
		if b.total() == 0 {
			return nil, fmt.Errorf("train: data set %q has no rows; check its filters", name)
		}
		p.sets = append(p.sets, preparedSet{name: name, blocks: b})
	}
	if pre != nil {
		if p.preprocessor, err = preprocess.Marshal(pre); err != nil {
			return nil, fmt.Errorf("train: preprocessor: %w", err)
		}
		p.preprocessorKind = preprocess.Kind(pre)
	}
	return p, nil
}
