package xgboost

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"unsafe"
)

// Booster is a gradient-boosted model together with its training state.
type Booster struct {
	res *resource
}

// NewBooster creates an untrained model with the given parameters. The
// matrices named here, those to be trained and evaluated on, have their
// predictions cached between rounds. Parameters are checked by name first;
// see [Params].
func NewBooster(params Params, matrices ...*DMatrix) (*Booster, error) {
	settings, err := params.settings()
	if err != nil {
		return nil, err
	}
	b, err := create(matrices)
	if err != nil {
		return nil, err
	}
	if err := b.set(settings); err != nil {
		b.Close()
		return nil, err
	}
	if len(matrices) > 0 {
		if err := b.SetFeatureNames(matrices[0].FeatureNames()); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// LoadBooster creates a model from the bytes that [Booster.Save] gave, or
// that any XGBoost wrote as a .json or .ubj file. Parameters and matrices
// serve a training that goes on from it and may be left out.
func LoadBooster(model []byte, params Params, matrices ...*DMatrix) (*Booster, error) {
	if len(model) == 0 {
		return nil, fmt.Errorf("xgboost: the model is empty; give the bytes of a .json or .ubj model")
	}
	settings, err := params.settings()
	if err != nil {
		return nil, err
	}
	b, err := create(matrices)
	if err != nil {
		return nil, err
	}
	h := b.res.h
	err = call("load model", func() int32 {
		return xgBoosterLoadModelFromBuffer(h, unsafe.Pointer(&model[0]), uint64(len(model)))
	})
	runtime.KeepAlive(model)
	if err == nil {
		err = b.set(settings)
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func create(matrices []*DMatrix) (*Booster, error) {
	if err := load(); err != nil {
		return nil, err
	}
	handles := make([]handle, len(matrices)+1)
	for i, m := range matrices {
		h, err := m.use()
		if err != nil {
			return nil, err
		}
		handles[i] = h
	}
	b := &Booster{}
	err := call("create booster", func() int32 {
		var h handle
		rc := xgBoosterCreate(&handles[0], uint64(len(matrices)), &h)
		if rc == 0 {
			b.res = &resource{h: h, free: xgBoosterFree}
		}
		return rc
	})
	runtime.KeepAlive(matrices)
	if err != nil {
		return nil, err
	}
	runtime.AddCleanup(b, func(r *resource) { r.close() }, b.res)
	return b, nil
}

// Close frees the model. It may be called more than once, and must not be
// called while another goroutine still uses the model.
func (b *Booster) Close() { b.res.close() }

func (b *Booster) use() (handle, error) {
	if b == nil || b.res == nil || b.res.h == 0 {
		return 0, closedError("booster")
	}
	return b.res.h, nil
}

// do calls the C API with b's handle and keeps b alive meanwhile.
func (b *Booster) do(op string, f func(h handle) int32) error {
	h, err := b.use()
	if err != nil {
		return err
	}
	err = call(op, func() int32 { return f(h) })
	runtime.KeepAlive(b)
	return err
}

func (b *Booster) set(settings []setting) error {
	for _, s := range settings {
		err := b.do("set "+s.name, func(h handle) int32 { return xgBoosterSetParam(h, s.name, s.value) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Update adds one round of trees, learned from train. Rounds count from 0.
func (b *Booster) Update(round int, train *DMatrix) error {
	d, err := train.use()
	if err != nil {
		return err
	}
	err = b.do("update", func(h handle) int32 { return xgBoosterUpdateOneIter(h, int32(round), d) })
	runtime.KeepAlive(train)
	return err
}

// EvalSet is a data set to evaluate on, with the name that its scores carry.
type EvalSet struct {
	Name string
	Data *DMatrix
}

// Score is one metric of one data set. Name joins both, as in
// "valid-logloss".
type Score struct {
	Name  string
	Value float64
}

// Eval computes the metrics of every set, in the order of the sets. In a
// distributed training the scores are those of all members' rows together.
func (b *Booster) Eval(round int, sets ...EvalSet) ([]Score, error) {
	if len(sets) == 0 {
		return nil, nil
	}
	handles := make([]handle, len(sets))
	names := make([]string, len(sets))
	for i, s := range sets {
		h, err := s.Data.use()
		if err != nil {
			return nil, err
		}
		handles[i], names[i] = h, s.Name
	}
	c := newCStrings(names)
	defer c.release()
	var line string
	err := b.do("evaluate", func(h handle) int32 {
		var out *byte
		rc := xgBoosterEvalOneIter(h, int32(round), &handles[0], c.first(), uint64(len(sets)), &out)
		line = goString(out)
		return rc
	})
	runtime.KeepAlive(sets)
	if err != nil {
		return nil, err
	}
	return parseScores(line)
}

// parseScores reads XGBoost's evaluation line, which looks like
// "[3]\ttrain-logloss:0.52\tvalid-logloss:0.61".
func parseScores(line string) ([]Score, error) {
	fields := strings.Split(line, "\t")
	scores := make([]Score, 0, len(fields))
	for _, f := range fields[1:] {
		i := strings.LastIndexByte(f, ':')
		if i < 0 {
			return nil, fmt.Errorf("xgboost: evaluation %q has a part without a value; check the names of eval_metric", line)
		}
		v, err := strconv.ParseFloat(f[i+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("xgboost: evaluation %q: %w; check the names of eval_metric", line, err)
		}
		scores = append(scores, Score{Name: f[:i], Value: v})
	}
	return scores, nil
}

// Rounds returns how many rounds of trees the model has.
func (b *Booster) Rounds() (int, error) {
	var n int32
	err := b.do("count rounds", func(h handle) int32 { return xgBoosterBoostedRounds(h, &n) })
	return int(n), err
}

// NumFeatures returns how many features the model was trained on.
func (b *Booster) NumFeatures() (int, error) {
	var n uint64
	err := b.do("count features", func(h handle) int32 { return xgBoosterGetNumFeature(h, &n) })
	return int(n), err
}

// FeatureNames returns the names of the features in the order that the model
// expects, and nil where the model carries none.
func (b *Booster) FeatureNames() ([]string, error) {
	var names []string
	err := b.do("get feature names", func(h handle) int32 {
		var n uint64
		var out **byte
		rc := xgBoosterGetStrFeatureInfo(h, "feature_name", &n, &out)
		if rc == 0 && n > 0 {
			names = goStrings(out, n)
		}
		return rc
	})
	return names, err
}

// SetFeatureNames gives the model the names of its features.
func (b *Booster) SetFeatureNames(names []string) error {
	c := newCStrings(names)
	defer c.release()
	return b.do("set feature names", func(h handle) int32 {
		return xgBoosterSetStrFeatureInfo(h, "feature_name", c.first(), uint64(len(names)))
	})
}

// SetThreads limits the OpenMP threads of training and prediction. 0 uses
// every core.
func (b *Booster) SetThreads(n int) error {
	return b.set([]setting{{"nthread", strconv.Itoa(n)}})
}

// Slice returns a model of the rounds begin (counted from 0) up to, but
// without, end. It is how the best round is taken from a longer training.
func (b *Booster) Slice(begin, end int) (*Booster, error) {
	out := &Booster{}
	err := b.do("slice", func(h handle) int32 {
		var s handle
		rc := xgBoosterSlice(h, int32(begin), int32(end), 1, &s)
		if rc == 0 {
			out.res = &resource{h: s, free: xgBoosterFree}
		}
		return rc
	})
	if err != nil {
		return nil, err
	}
	runtime.AddCleanup(out, func(r *resource) { r.close() }, out.res)
	return out, nil
}

// Config returns the model's complete internal configuration as JSON.
func (b *Booster) Config() (string, error) {
	var config string
	err := b.do("get configuration", func(h handle) int32 {
		var n uint64
		var out *byte
		rc := xgBoosterSaveJSONConfig(h, &n, &out)
		if rc == 0 {
			config = goString(out)
		}
		return rc
	})
	return config, err
}
