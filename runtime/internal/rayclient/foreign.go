package rayclient

import (
	"fmt"
	"math/big"
	"reflect"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
)

// foreign makes a value of what Python put into the store.
func foreign(v any) (core.Value, error) {
	g, err := native(v, 0)
	if err != nil {
		return core.Value{}, err
	}
	return marshal.EncodeAny(reflect.ValueOf(g))
}

// depth bounds what may lie in each other; a list of Python's can contain itself.
const depth = 64

// native is the Go form of a value of Python's: dicts with text keys are map[string]any, other ones
// map[any]any; lists, tuples and sets are []any.
func native(v any, level int) (any, error) {
	if level > depth {
		return nil, fmt.Errorf("a Python value is nested more than %d deep; return a flatter one", depth)
	}
	all := func(items []any) (any, error) {
		out := make([]any, len(items))
		for i, x := range items {
			var err error
			if out[i], err = native(x, level+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	switch v := v.(type) {
	case nil, bool, int, float64, string, []byte, *big.Int:
		return v, nil
	case *pickle.List:
		return all(v.Items)
	case pickle.Tuple:
		return all(v)
	case pickle.Set:
		return all(v)
	case *pickle.Dict:
		return nativeDict(v, level)
	case *pickle.Object:
		if v.Class.Name == "bytearray" && len(v.Args) == 1 {
			return v.Args[0], nil
		}
		return nil, fmt.Errorf("a Python object of class %s has no form in Go; return numbers, texts, bytes, lists or dicts", v.Class)
	}
	return nil, fmt.Errorf("a Python value (%T) has no form in Go; return numbers, texts, bytes, lists or dicts", v)
}

func nativeDict(d *pickle.Dict, level int) (any, error) {
	texts, others := map[string]any{}, map[any]any{}
	for i, k := range d.Keys {
		x, err := native(d.Values[i], level+1)
		if err != nil {
			return nil, err
		}
		key, err := native(k, level+1)
		if err != nil {
			return nil, err
		}
		if s, ok := key.(string); ok {
			texts[s] = x
		}
		if !reflect.TypeOf(key).Comparable() {
			return nil, fmt.Errorf("a Python dict with keys like %v has no form in Go; use texts or numbers as keys", key)
		}
		others[key] = x
	}
	if len(texts) == len(others) {
		return texts, nil
	}
	return others, nil
}
