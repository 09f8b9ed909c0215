package preprocess

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// registry knows the preprocessors that can be restored from JSON.
var registry = struct {
	sync.RWMutex
	make map[string]func() Preprocessor
	kind map[reflect.Type]string
}{make: map[string]func() Preprocessor{}, kind: map[reflect.Type]string{}}

// Register makes a kind of preprocessor known, so that checkpoints which hold
// one can be read. empty returns a pointer that JSON is decoded into; the state
// to keep must be in exported fields, or the type has its own MarshalJSON.
// Register a kind in every program that reads such checkpoints.
func Register(kind string, empty func() Preprocessor) {
	registry.Lock()
	defer registry.Unlock()
	registry.make[kind] = empty
	registry.kind[reflect.TypeOf(empty())] = kind
}

// Kind returns the registered name of p's type, or its Go type when there is none.
func Kind(p Preprocessor) string {
	registry.RLock()
	defer registry.RUnlock()
	if kind, ok := registry.kind[reflect.TypeOf(p)]; ok {
		return kind
	}
	return fmt.Sprintf("%T", p)
}

// envelope is a preprocessor in JSON.
type envelope struct {
	Kind  string          `json:"kind"`
	State json.RawMessage `json:"state"`
}

// Marshal writes p, with what it has learned, as JSON.
func Marshal(p Preprocessor) ([]byte, error) {
	registry.RLock()
	kind, known := registry.kind[reflect.TypeOf(p)]
	registry.RUnlock()
	if !known {
		return nil, fmt.Errorf("preprocess: %T is not registered; call preprocess.Register with it, in every program that reads the checkpoint", p)
	}
	state, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("preprocess: %s: %w", kind, err)
	}
	return json.Marshal(envelope{Kind: kind, State: state})
}

// Unmarshal restores what Marshal wrote.
func Unmarshal(raw []byte) (Preprocessor, error) {
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("preprocess: not a preprocessor in JSON: %w; give what Marshal wrote", err)
	}
	registry.RLock()
	empty, known := registry.make[e.Kind]
	kinds := slices.Sorted(maps.Keys(registry.make))
	registry.RUnlock()
	if !known {
		return nil, fmt.Errorf("preprocess: unknown kind %q; register it with preprocess.Register (known: %s)", e.Kind, strings.Join(kinds, ", "))
	}
	p := empty()
	if err := json.Unmarshal(e.State, p); err != nil {
		return nil, fmt.Errorf("preprocess: %s: %w", e.Kind, err)
	}
	return p, nil
}

func init() {
	Register("min_max_scaler", func() Preprocessor { return &MinMaxScaler{} })
	Register("standard_scaler", func() Preprocessor { return &StandardScaler{} })
	Register("max_abs_scaler", func() Preprocessor { return &MaxAbsScaler{} })
	Register("normalizer", func() Preprocessor { return &Normalizer{} })
	Register("power_transformer", func() Preprocessor { return &PowerTransformer{} })
	Register("concatenator", func() Preprocessor { return &Concatenator{} })
	Register("simple_imputer", func() Preprocessor { return &SimpleImputer{} })
	Register("label_encoder", func() Preprocessor { return &LabelEncoder{} })
	Register("one_hot_encoder", func() Preprocessor { return &OneHotEncoder{} })
	Register("chain", func() Preprocessor { return &Chain{} })
}
