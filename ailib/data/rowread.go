package data

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// canRead tells why values of a column type cannot be given as the Go type t.
func canRead(from arrow.DataType, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if from.ID() == arrow.DICTIONARY {
		from = from.(*arrow.DictionaryType).ValueType
	}
	ok := false
	switch {
	case from.ID() == arrow.NULL || t.Kind() == reflect.Interface:
		ok = true
	case t == typeTime:
		ok = isTemporal(from)
	case t == typeDuration:
		ok = from.ID() == arrow.DURATION
	case t == typeBytes:
		ok = arrow.IsBaseBinary(from.ID()) || from.ID() == arrow.FIXED_SIZE_BINARY
	default:
		switch t.Kind() {
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
			reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			ok = isInteger(from)
		case reflect.Float32, reflect.Float64:
			ok = isNumeric(from)
		case reflect.String:
			ok = isText(from)
		case reflect.Bool:
			ok = from.ID() == arrow.BOOL
		case reflect.Slice, reflect.Array:
			if l, isList := from.(arrow.ListLikeType); isList {
				return canRead(l.Elem(), t.Elem())
			}
		case reflect.Struct, reflect.Map:
			ok = from.ID() == arrow.STRUCT
		}
	}
	if !ok {
		return fmt.Errorf("it holds %s, which a %s cannot; change the type in the function, or cast the column", typeName(from), t)
	}
	return nil
}

// columnReader stores value i of a column in a Go variable of a fixed type.
type columnReader func(i int, dst reflect.Value) error

// newColumnReader prepares reading a column into variables of type t.
func newColumnReader(name string, a arrow.Array, t reflect.Type) (columnReader, error) {
	if err := canRead(a.DataType(), t); err != nil {
		return nil, planErrorf(kindType, "data: column %q: %v", name, err)
	}
	if t.Kind() == reflect.Pointer {
		inner, err := newColumnReader(name, a, t.Elem())
		if err != nil {
			return nil, err
		}
		return func(i int, dst reflect.Value) error {
			if missing(a, i) {
				dst.SetZero()
				return nil
			}
			p := reflect.New(t.Elem())
			dst.Set(p)
			return inner(i, p.Elem())
		}, nil
	}
	if a.DataType().ID() == arrow.NULL {
		return nullReader(name, t), nil
	}
	read, err := presentReader(a, t)
	if err != nil || a.NullN() == 0 {
		return read, err
	}
	null := nullReader(name, t)
	return func(i int, dst reflect.Value) error {
		if !missing(a, i) {
			return read(i, dst)
		}
		return null(i, dst)
	}, nil
}

// nullReader stores a null, where the Go type has room for one.
func nullReader(name string, t reflect.Type) columnReader {
	return func(_ int, dst reflect.Value) error {
		switch t.Kind() {
		case reflect.Float32, reflect.Float64:
			dst.SetFloat(math.NaN())
		case reflect.Interface, reflect.Slice, reflect.Map:
			dst.SetZero()
		default:
			return fmt.Errorf("data: column %q is null; take a *%s, or remove such rows first with DropNulls(%q)", name, t, name)
		}
		return nil
	}
}

// presentReader reads values that are not null.
func presentReader(a arrow.Array, t reflect.Type) (columnReader, error) {
	switch {
	case t == typeTime:
		return func(i int, dst reflect.Value) error { dst.Set(reflect.ValueOf(timeAt(a, i))); return nil }, nil
	case t == typeDuration:
		return func(i int, dst reflect.Value) error { dst.SetInt(int64(valueAt(a, i).(time.Duration))); return nil }, nil
	}
	switch t.Kind() {
	case reflect.Float64, reflect.Float32:
		values, err := floatValues(a)
		return func(i int, dst reflect.Value) error { dst.SetFloat(values[i]); return nil }, err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		values, err := rawInts(a)
		return func(i int, dst reflect.Value) error {
			if dst.OverflowInt(values[i]) {
				return fmt.Errorf("data: %d does not fit %s; use a wider type", values[i], t)
			}
			dst.SetInt(values[i])
			return nil
		}, err
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if u, ok := a.(*array.Uint64); ok {
			return func(i int, dst reflect.Value) error { return setUint(dst, u.Value(i)) }, nil
		}
		values, err := rawInts(a)
		return func(i int, dst reflect.Value) error {
			if values[i] < 0 {
				return fmt.Errorf("data: %d does not fit %s; use a signed type", values[i], t)
			}
			return setUint(dst, uint64(values[i]))
		}, err
	case reflect.String:
		return func(i int, dst reflect.Value) error { dst.SetString(strings.Clone(textAt(a, i))); return nil }, nil
	case reflect.Bool:
		b := a.(*array.Boolean)
		return func(i int, dst reflect.Value) error { dst.SetBool(b.Value(i)); return nil }, nil
	}
	return func(i int, dst reflect.Value) error { return assign(dst, valueAt(a, i)) }, nil
}

func setUint(dst reflect.Value, v uint64) error {
	if dst.OverflowUint(v) {
		return fmt.Errorf("data: %d does not fit %s; use a wider type", v, dst.Type())
	}
	dst.SetUint(v)
	return nil
}

// assign stores a value of valueAt (lists, structs, anything) in dst.
func assign(dst reflect.Value, v any) error {
	if v == nil {
		dst.SetZero()
		return nil
	}
	src := reflect.ValueOf(v)
	if src.Type().AssignableTo(dst.Type()) {
		dst.Set(src)
		return nil
	}
	switch dst.Kind() {
	case reflect.Pointer:
		p := reflect.New(dst.Type().Elem())
		dst.Set(p)
		return assign(p.Elem(), v)
	case reflect.Slice:
		if src.Kind() == reflect.Slice {
			dst.Set(reflect.MakeSlice(dst.Type(), src.Len(), src.Len()))
			return assignElements(dst, src)
		}
	case reflect.Array:
		if src.Kind() == reflect.Slice && src.Len() == dst.Len() {
			return assignElements(dst, src)
		}
	case reflect.Struct:
		if m, ok := v.(map[string]any); ok {
			for _, f := range structFields(dst.Type()) {
				if err := assign(dst.FieldByIndex(f.index), m[f.column]); err != nil {
					return err
				}
			}
			return nil
		}
	default:
		if src.CanConvert(dst.Type()) && (src.Kind() == reflect.String) == (dst.Kind() == reflect.String) {
			dst.Set(src.Convert(dst.Type()))
			return nil
		}
	}
	return fmt.Errorf("data: a %T does not fit %s; change the type in the function", v, dst.Type())
}

func assignElements(dst, src reflect.Value) error {
	for i := range src.Len() {
		if err := assign(dst.Index(i), src.Index(i).Interface()); err != nil {
			return err
		}
	}
	return nil
}

// rowReader makes the argument of a row function from row i. The value may be
// overwritten by the next call: whoever keeps it copies it.
type rowReader func(i int) (reflect.Value, error)

// newRowReader prepares reading rows of rec as values of type t.
func newRowReader(rec arrow.RecordBatch, t reflect.Type) (rowReader, error) {
	if t.Kind() == reflect.Pointer && isRowStruct(t.Elem()) {
		read, err := newRowReader(rec, t.Elem())
		if err != nil {
			return nil, err
		}
		return func(i int) (reflect.Value, error) {
			v, err := read(i)
			if err != nil {
				return v, err
			}
			p := reflect.New(t.Elem())
			p.Elem().Set(v)
			return p, nil
		}, nil
	}
	switch {
	case isRowMap(t):
		return mapReader(BatchOf(rec), t)
	case isRowStruct(t):
		return structReader(rec, t)
	case t.Kind() == reflect.Interface && rec.NumCols() != 1:
		b := BatchOf(rec)
		return func(i int) (reflect.Value, error) { return reflect.ValueOf(b.Row(i)), nil }, nil
	case rec.NumCols() != 1:
		return nil, planErrorf(kindType, "data: the function takes a %s but rows have %d columns; take a struct or data.Row, or select one column first", t, rec.NumCols())
	}
	read, err := newColumnReader(rec.ColumnName(0), rec.Column(0), t)
	if err != nil {
		return nil, err
	}
	v := reflect.New(t).Elem()
	return func(i int) (reflect.Value, error) { return v, read(i, v) }, nil
}

func mapReader(b Batch, t reflect.Type) (rowReader, error) {
	switch {
	case t == typeRow:
		return func(i int) (reflect.Value, error) { return reflect.ValueOf(b.Row(i)), nil }, nil
	case t.Elem().Kind() == reflect.Interface:
		return func(i int) (reflect.Value, error) { return reflect.ValueOf(b.Row(i)).Convert(t), nil }, nil
	}
	return func(i int) (reflect.Value, error) {
		m := reflect.MakeMap(t)
		for name, v := range b.Row(i) {
			elem := reflect.New(t.Elem()).Elem()
			if err := assign(elem, v); err != nil {
				return m, fmt.Errorf("column %q: %w", name, err)
			}
			m.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), elem)
		}
		return m, nil
	}, nil
}

func structReader(rec arrow.RecordBatch, t reflect.Type) (rowReader, error) {
	fields := structFields(t)
	reads := make([]columnReader, len(fields))
	for j, f := range fields {
		at := rec.Schema().FieldIndices(f.column)
		if len(at) == 0 {
			return nil, missingColumn(t.String(), f.column, fieldNames(rec.Schema()))
		}
		var err error
		if reads[j], err = newColumnReader(f.column, rec.Column(at[0]), f.typ); err != nil {
			return nil, err
		}
	}
	// One variable serves all rows: functions and slices get copies of it.
	v := reflect.New(t).Elem()
	into := make([]reflect.Value, len(fields))
	for j, f := range fields {
		into[j] = v.FieldByIndex(f.index)
	}
	return func(i int) (reflect.Value, error) {
		for j := range into {
			if err := reads[j](i, into[j]); err != nil {
				return v, err
			}
		}
		return v, nil
	}, nil
}
