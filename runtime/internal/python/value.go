package python

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
)

var elements = map[string]reflect.Type{
	"f8": reflect.TypeFor[float64](), "f4": reflect.TypeFor[float32](), "i8": reflect.TypeFor[int64](), "i4": reflect.TypeFor[int32](),
	"i2": reflect.TypeFor[int16](), "i1": reflect.TypeFor[int8](), "u8": reflect.TypeFor[uint64](), "u4": reflect.TypeFor[uint32](),
	"u2": reflect.TypeFor[uint16](), "u1": reflect.TypeFor[uint8](),
}

// value is the neutral form of what came over the wire.
func value(raw any, all [][]byte) (any, error) {
	switch raw := raw.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(raw.String(), 10, 64); err == nil {
			return int(n), nil
		}
		return raw.Float64()
	case []any:
		out := make([]any, len(raw))
		for i := range raw {
			var err error
			if out[i], err = value(raw[i], all); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		if kind, ok := raw["$"].(string); ok {
			return tagged(kind, raw, all)
		}
		out := make(map[string]any, len(raw))
		for k, x := range raw {
			v, err := value(x, all)
			if err != nil {
				return nil, err
			}
			out[k] = v
		}
		return out, nil
	}
	return raw, nil // nil, bool, string
}

func tagged(kind string, raw map[string]any, all [][]byte) (any, error) {
	text, _ := raw["v"].(string)
	switch kind {
	case "f":
		switch text {
		case "nan":
			return math.NaN(), nil
		case "inf":
			return math.Inf(1), nil
		case "-inf":
			return math.Inf(-1), nil
		}
		return strconv.ParseFloat(text, 64)
	case "i":
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("%q is no integer", text)
		}
		return n, nil
	case "t":
		return time.Parse(time.RFC3339Nano, text)
	case "d":
		return pairs(raw["v"], all)
	}
	b, err := buffer(raw["i"], all)
	if err != nil {
		return nil, err
	}
	switch kind {
	case "b":
		return b, nil
	case "a":
		return core.NewArrow(b), nil
	case "n":
		return array(raw, b)
	}
	return nil, fmt.Errorf("a value of unknown kind %q; goray and its Python worker must be of one release", kind)
}

func buffer(index any, all [][]byte) ([]byte, error) {
	n, _ := index.(json.Number)
	i, err := strconv.Atoi(n.String())
	if err != nil || i < 1 || i >= len(all) {
		return nil, fmt.Errorf("there is no buffer %v in a frame of %d", index, len(all))
	}
	return all[i], nil
}

func pairs(raw any, all [][]byte) (any, error) {
	list, _ := raw.([]any)
	texts, others := map[string]any{}, map[any]any{}
	for _, p := range list {
		pair, ok := p.([]any)
		if !ok || len(pair) != 2 {
			return nil, fmt.Errorf("%v is no entry of a dict", p)
		}
		key, err := value(pair[0], all)
		if err != nil {
			return nil, err
		}
		x, err := value(pair[1], all)
		if err != nil {
			return nil, err
		}
		if key != nil && !reflect.TypeOf(key).Comparable() {
			return nil, fmt.Errorf("a Python dict with keys like %v has no form in Go; use strings or numbers as keys", key)
		}
		if s, ok := key.(string); ok {
			texts[s] = x
		}
		others[key] = x
	}
	if len(texts) == len(others) {
		return texts, nil
	}
	return others, nil
}

// array makes a slice of numbers, or of slices of them, one for each dimension.
func array(raw map[string]any, b []byte) (any, error) {
	name, _ := raw["t"].(string)
	elem := elements[name]
	dims, _ := raw["s"].([]any)
	shape, total := make([]int, len(dims)), 1
	for i, d := range dims {
		n, _ := d.(json.Number)
		size, err := strconv.Atoi(n.String())
		if err != nil || size < 0 {
			return nil, fmt.Errorf("an array has no dimension %v", d)
		}
		shape[i], total = size, total*size
	}
	if elem == nil || len(shape) == 0 || total*int(elem.Size()) != len(b) {
		return nil, fmt.Errorf("an array of %v %s does not fit into %d bytes", shape, name, len(b))
	}
	flat := reflect.MakeSlice(reflect.SliceOf(elem), total, total)
	if total > 0 {
		// The buffer may lie anywhere, a slice of numbers may not.
		copy(unsafe.Slice((*byte)(flat.UnsafePointer()), len(b)), b)
	}
	return nest(flat, shape).Interface(), nil
}

// nest cuts a slice into rows, which share its memory.
func nest(flat reflect.Value, shape []int) reflect.Value {
	if len(shape) == 1 {
		return flat
	}
	size := 1
	for _, n := range shape[1:] {
		size *= n
	}
	var rows reflect.Value
	for i := range shape[0] {
		row := nest(flat.Slice3(i*size, (i+1)*size, (i+1)*size), shape[1:])
		if !rows.IsValid() {
			rows = reflect.MakeSlice(reflect.SliceOf(row.Type()), 0, shape[0])
		}
		rows = reflect.Append(rows, row)
	}
	if !rows.IsValid() {
		t := flat.Type()
		for range shape[1:] {
			t = reflect.SliceOf(t)
		}
		rows = reflect.MakeSlice(t, 0, 0)
	}
	return rows
}
