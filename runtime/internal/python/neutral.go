package python

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// maxDepth bounds what may lie in each other: a value can contain itself.
const maxDepth = 64

// arrow makes an Arrow IPC stream of tables, where somebody knows how.
var arrow atomic.Pointer[func(v any) (stream []byte, isTable bool, err error)]

// SetArrow says how tables become Arrow IPC streams.
func SetArrow(encode func(v any) (stream []byte, isTable bool, err error)) { arrow.Store(&encode) }

// Neutral makes the neutral form of a Go value. what names it in errors: "argument 1".
func Neutral(v any, what string) (any, error) {
	if v == nil {
		return nil, nil
	}
	return neutral(reflect.ValueOf(v), what, 0)
}

func neutral(v reflect.Value, what string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%s is nested more than %d deep; give a flatter value", what, maxDepth)
	}
	if !v.IsValid() {
		return nil, nil
	}
	if v.CanInterface() {
		if out, done, err := special(v.Interface(), what); done || err != nil {
			return out, err
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if u := v.Uint(); u > math.MaxInt64 {
			return new(big.Int).SetUint64(u), nil
		}
		return int(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil, nil
		}
		return neutral(v.Elem(), what, depth+1)
	case reflect.Slice, reflect.Array:
		return sequence(v, what, depth)
	case reflect.Map:
		return mapping(v, what, depth)
	case reflect.Struct:
		return structure(v, what, depth)
	}
	return nil, fmt.Errorf("%s is a %s, which has no form in Python; give numbers, strings, bytes, slices, maps, structs or tables", what, v.Type())
}

// special are values whose type says more than its kind.
func special(v any, what string) (out any, done bool, err error) {
	switch v := v.(type) {
	case core.ArrowStream:
		return core.ArrowIPC(v.ArrowStream()), true, nil
	case core.Array, time.Time:
		return v, true, nil
	case []byte:
		return v, true, nil
	case time.Duration:
		return v.Seconds(), true, nil
	case *big.Int:
		if v == nil {
			return nil, true, nil
		}
		return v, true, nil
	}
	if encode := arrow.Load(); encode != nil {
		stream, isTable, err := (*encode)(v)
		if isTable {
			if err != nil {
				return nil, true, fmt.Errorf("%s: %w", what, err)
			}
			return core.ArrowIPC(stream), true, nil
		}
	}
	return nil, false, nil
}

// plainNumbers are the slices that cross as memory, by the kinds of their elements.
var plainNumbers = map[reflect.Kind]reflect.Type{
	reflect.Float64: reflect.TypeFor[[]float64](), reflect.Float32: reflect.TypeFor[[]float32](),
	reflect.Int: reflect.TypeFor[[]int](), reflect.Int64: reflect.TypeFor[[]int64](), reflect.Int32: reflect.TypeFor[[]int32](),
	reflect.Int16: reflect.TypeFor[[]int16](), reflect.Int8: reflect.TypeFor[[]int8](), reflect.Uint64: reflect.TypeFor[[]uint64](),
	reflect.Uint32: reflect.TypeFor[[]uint32](), reflect.Uint16: reflect.TypeFor[[]uint16](),
}

func sequence(v reflect.Value, what string, depth int) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return []any{}, nil
	}
	elem := v.Type().Elem()
	if v.Kind() == reflect.Array && (plainNumbers[elem.Kind()] != nil || elem.Kind() == reflect.Uint8) {
		s := reflect.MakeSlice(reflect.SliceOf(elem), v.Len(), v.Len())
		reflect.Copy(s, v)
		v = s
	}
	if v.Kind() == reflect.Slice && elem.Kind() == reflect.Uint8 {
		return v.Bytes(), nil
	}
	// Durations are numbers of seconds, one by one.
	if plain := plainNumbers[elem.Kind()]; plain != nil && v.Kind() == reflect.Slice && elem != reflect.TypeFor[time.Duration]() {
		if v.Type().ConvertibleTo(plain) {
			return v.Convert(plain).Interface(), nil
		}
		return numbersOf(v, plain), nil
	}
	if a, ok := matrix(v); ok {
		return a, nil
	}
	out := make([]any, v.Len())
	for i := range out {
		var err error
		if out[i], err = neutral(v.Index(i), fmt.Sprintf("%s[%d]", what, i), depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// numbersOf copies a slice of a named number type.
func numbersOf(v reflect.Value, to reflect.Type) any {
	out := reflect.MakeSlice(to, v.Len(), v.Len())
	for i := range v.Len() {
		out.Index(i).Set(v.Index(i).Convert(to.Elem()))
	}
	return out.Interface()
}

// matrix makes an array of rows of numbers that are equally long.
func matrix(v reflect.Value) (core.Array, bool) {
	row := v.Type().Elem()
	if row.Kind() != reflect.Slice || plainNumbers[row.Elem().Kind()] == nil || v.Len() == 0 || row.Elem() == reflect.TypeFor[time.Duration]() {
		return core.Array{}, false
	}
	n := v.Index(0).Len()
	data := reflect.MakeSlice(plainNumbers[row.Elem().Kind()], 0, n*v.Len())
	for i := range v.Len() {
		if v.Index(i).Len() != n {
			return core.Array{}, false
		}
		data = reflect.AppendSlice(data, reflect.ValueOf(numbersOf(v.Index(i), data.Type())))
	}
	return core.Array{Shape: []int{v.Len(), n}, Data: data.Interface()}, true
}

func mapping(v reflect.Value, what string, depth int) (any, error) {
	if v.IsNil() {
		return map[string]any{}, nil
	}
	texts, others := map[string]any{}, map[any]any{}
	for i := v.MapRange(); i.Next(); {
		value, err := neutral(i.Value(), fmt.Sprintf("%s[%v]", what, i.Key()), depth+1)
		if err != nil {
			return nil, err
		}
		key, err := neutral(i.Key(), "a key of "+what, depth+1)
		if err != nil {
			return nil, err
		}
		switch key.(type) {
		case string:
			texts[key.(string)] = value
		case bool, int, float64:
		default:
			return nil, fmt.Errorf("%s has keys of type %s, which no Python dict here has; use strings, numbers or bools", what, i.Key().Type())
		}
		others[key] = value
	}
	if len(texts) == len(others) {
		return texts, nil
	}
	return others, nil
}

// structure is a dict of the exported fields, by the names of their json tags.
func structure(v reflect.Value, what string, depth int) (any, error) {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			if f.Anonymous && f.Type.Kind() == reflect.Struct {
				continue
			}
			return nil, fmt.Errorf("%s.%s is not exported, so Python would not get it; export it, or give a map", what, f.Name)
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		x, err := neutral(v.Field(i), what+"."+f.Name, depth+1)
		if err != nil {
			return nil, err
		}
		if inner, ok := x.(map[string]any); ok && f.Anonymous && f.Tag.Get("json") == "" {
			for k, e := range inner {
				out[k] = e
			}
			continue
		}
		out[name] = x
	}
	return out, nil
}
