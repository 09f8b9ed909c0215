package data

import (
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var (
	typeTime     = reflect.TypeFor[time.Time]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeBytes    = reflect.TypeFor[[]byte]()
	typeAny      = reflect.TypeFor[any]()

	arrowTime     = &arrow.TimestampType{Unit: arrow.Microsecond}
	arrowDuration = &arrow.DurationType{Unit: arrow.Nanosecond}
)

// columnType returns the Arrow type for values of the Go type t, or nil when
// only the values can tell (interfaces, maps) or nothing fits.
func columnType(t reflect.Type) arrow.DataType {
	switch t {
	case typeTime:
		return arrowTime
	case typeDuration:
		return arrowDuration
	case typeBytes:
		return arrow.BinaryTypes.Binary
	}
	switch t.Kind() {
	case reflect.Bool:
		return arrow.FixedWidthTypes.Boolean
	case reflect.Int, reflect.Int64:
		return arrow.PrimitiveTypes.Int64
	case reflect.Int32:
		return arrow.PrimitiveTypes.Int32
	case reflect.Int16:
		return arrow.PrimitiveTypes.Int16
	case reflect.Int8:
		return arrow.PrimitiveTypes.Int8
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return arrow.PrimitiveTypes.Uint64
	case reflect.Uint32:
		return arrow.PrimitiveTypes.Uint32
	case reflect.Uint16:
		return arrow.PrimitiveTypes.Uint16
	case reflect.Uint8:
		return arrow.PrimitiveTypes.Uint8
	case reflect.Float64:
		return arrow.PrimitiveTypes.Float64
	case reflect.Float32:
		return arrow.PrimitiveTypes.Float32
	case reflect.String:
		return arrow.BinaryTypes.String
	case reflect.Pointer:
		return columnType(t.Elem())
	case reflect.Slice:
		if e := columnType(t.Elem()); e != nil {
			return arrow.ListOf(e)
		}
	case reflect.Array:
		if e := columnType(t.Elem()); e != nil {
			return arrow.FixedSizeListOf(int32(t.Len()), e)
		}
	case reflect.Struct:
		if s := structSchema(t); s != nil {
			return arrow.StructOf(s.Fields()...)
		}
	}
	return nil
}

// columnBuilder collects the values of one column. Without a type it keeps the
// values and infers the type from all of them.
type columnBuilder struct {
	builder array.Builder
	pending []any
}

func newColumnBuilder() *columnBuilder { return &columnBuilder{} }

func newTypedColumn(t arrow.DataType) *columnBuilder {
	return &columnBuilder{builder: array.NewBuilder(allocator, t)}
}

func (c *columnBuilder) append(v reflect.Value) error {
	if c.builder != nil {
		return appendValue(c.builder, v)
	}
	if !v.IsValid() {
		c.pending = append(c.pending, nil)
		return nil
	}
	c.pending = append(c.pending, v.Interface())
	return nil
}

func (c *columnBuilder) appendAny(v any) error {
	if c.builder != nil {
		return appendValue(c.builder, reflect.ValueOf(v))
	}
	c.pending = append(c.pending, v)
	return nil
}

func (c *columnBuilder) array() (arrow.Array, error) {
	if c.builder != nil {
		return c.builder.NewArray(), nil
	}
	var t arrow.DataType = arrow.Null
	for i, v := range c.pending {
		vt, err := valueType(v)
		if err == nil {
			t, err = unifyTypes(t, vt)
		}
		if err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
	}
	b := array.NewBuilder(allocator, t)
	b.Reserve(len(c.pending))
	for i, v := range c.pending {
		if err := appendValue(b, reflect.ValueOf(v)); err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
	}
	return b.NewArray(), nil
}

// valueType infers the Arrow type of one dynamic value.
func valueType(v any) (arrow.DataType, error) {
	switch x := v.(type) {
	case nil:
		return arrow.Null, nil
	case int64, int:
		return arrow.PrimitiveTypes.Int64, nil
	case float64:
		return arrow.PrimitiveTypes.Float64, nil
	case string:
		return arrow.BinaryTypes.String, nil
	case []float64:
		return arrow.ListOf(arrow.PrimitiveTypes.Float64), nil
	case []any:
		return listType(len(x), func(i int) any { return x[i] })
	}
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && r.IsNil() {
		return arrow.Null, nil
	}
	if t := columnType(r.Type()); t != nil {
		return t, nil
	}
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		return listType(r.Len(), func(i int) any { return r.Index(i).Interface() })
	case reflect.Pointer:
		return valueType(r.Elem().Interface())
	case reflect.Map:
		if r.Type().Key().Kind() == reflect.String {
			return mapType(r)
		}
	}
	return nil, fmt.Errorf("a %T cannot be a column value; use numbers, strings, bools, times, slices or structs of them", v)
}

func listType(n int, at func(int) any) (arrow.DataType, error) {
	var elem arrow.DataType = arrow.Null
	for i := range n {
		t, err := valueType(at(i))
		if err == nil {
			elem, err = unifyTypes(elem, t)
		}
		if err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return arrow.ListOf(elem), nil
}

func mapType(m reflect.Value) (arrow.DataType, error) {
	types := map[string]arrow.DataType{}
	for _, k := range m.MapKeys() {
		t, err := valueType(m.MapIndex(k).Interface())
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", k.String(), err)
		}
		types[k.String()] = t
	}
	var fields []arrow.Field
	for _, name := range sortedKeys(types) {
		fields = append(fields, arrow.Field{Name: name, Type: types[name], Nullable: true})
	}
	return arrow.StructOf(fields...), nil
}

// appendValue appends a Go value to a builder of any type, converting between
// numbers where nothing is lost.
func appendValue(b array.Builder, v reflect.Value) error {
	for v.IsValid() && (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) {
		v = v.Elem()
	}
	if !v.IsValid() {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		n, err := asInt(v)
		b.Append(n)
		return err
	case *array.Float64Builder:
		f, err := asFloat(v)
		b.Append(f)
		return err
	case *array.Float32Builder:
		f, err := asFloat(v)
		b.Append(float32(f))
		return err
	case *array.StringBuilder:
		if v.Kind() != reflect.String {
			return mismatch(v, "string")
		}
		b.Append(v.String())
		return nil
	case *array.BooleanBuilder:
		if v.Kind() != reflect.Bool {
			return mismatch(v, "bool")
		}
		b.Append(v.Bool())
		return nil
	case *array.TimestampBuilder:
		t, ok := v.Interface().(time.Time)
		if !ok {
			return mismatch(v, "time.Time")
		}
		ts, err := arrow.TimestampFromTime(t, b.Type().(*arrow.TimestampType).Unit)
		b.Append(ts)
		return err
	case *array.DurationBuilder:
		if v.Kind() != reflect.Int64 {
			return mismatch(v, "time.Duration")
		}
		b.Append(arrow.Duration(time.Duration(v.Int()) / b.Type().(*arrow.DurationType).Unit.Multiplier()))
		return nil
	case *array.BinaryBuilder:
		if v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Uint8 {
			return mismatch(v, "[]byte")
		}
		b.Append(v.Bytes())
		return nil
	case *array.ListBuilder:
		return appendList(v, b.ValueBuilder(), func() { b.Append(true) })
	case *array.FixedSizeListBuilder:
		if want := int(b.Type().(*arrow.FixedSizeListType).Len()); v.Kind() != reflect.Slice && v.Kind() != reflect.Array || v.Len() != want {
			return mismatch(v, fmt.Sprintf("a vector of %d", want))
		}
		return appendList(v, b.ValueBuilder(), func() { b.Append(true) })
	case *array.StructBuilder:
		return appendStruct(b, v)
	case *array.NullBuilder:
		return mismatch(v, "null")
	}
	return appendSmallInt(b, v)
}

func appendSmallInt(b array.Builder, v reflect.Value) error {
	n, err := asInt(v)
	if u, ok := b.(*array.Uint64Builder); ok && v.CanUint() {
		u.Append(v.Uint())
		return nil
	}
	fits := func(low, high int64) {
		if err == nil && (n < low || n > high) {
			err = fmt.Errorf("%d does not fit %s", n, typeName(b.Type()))
		}
	}
	switch b := b.(type) {
	case *array.Int32Builder:
		fits(math.MinInt32, math.MaxInt32)
		b.Append(int32(n))
	case *array.Int16Builder:
		fits(math.MinInt16, math.MaxInt16)
		b.Append(int16(n))
	case *array.Int8Builder:
		fits(math.MinInt8, math.MaxInt8)
		b.Append(int8(n))
	case *array.Uint8Builder:
		fits(0, math.MaxUint8)
		b.Append(uint8(n))
	case *array.Uint16Builder:
		fits(0, math.MaxUint16)
		b.Append(uint16(n))
	case *array.Uint32Builder:
		fits(0, math.MaxUint32)
		b.Append(uint32(n))
	case *array.Uint64Builder:
		fits(0, math.MaxInt64)
		b.Append(uint64(n))
	default:
		return mismatch(v, typeName(b.Type()))
	}
	return err
}

func appendList(v reflect.Value, values array.Builder, begin func()) error {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return mismatch(v, "a list")
	}
	begin()
	for i := range v.Len() {
		if err := appendValue(values, v.Index(i)); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

func appendStruct(b *array.StructBuilder, v reflect.Value) error {
	b.Append(true)
	t := b.Type().(*arrow.StructType)
	if v.Kind() == reflect.Map {
		for i, f := range t.Fields() {
			if err := appendValue(b.FieldBuilder(i), v.MapIndex(reflect.ValueOf(f.Name).Convert(v.Type().Key()))); err != nil {
				return fmt.Errorf("key %q: %w", f.Name, err)
			}
		}
		return nil
	}
	if v.Kind() != reflect.Struct {
		return mismatch(v, "a struct")
	}
	for i, f := range structFields(v.Type()) {
		if err := appendValue(b.FieldBuilder(i), v.FieldByIndex(f.index)); err != nil {
			return fmt.Errorf("field %q: %w", f.column, err)
		}
	}
	return nil
}

func mismatch(v reflect.Value, want string) error {
	return fmt.Errorf("a %s where the column holds %s", v.Type(), want)
}

func asInt(v reflect.Value) (int64, error) {
	switch {
	case v.CanInt():
		return v.Int(), nil
	case v.CanUint():
		if u := v.Uint(); u > math.MaxInt64 {
			return 0, fmt.Errorf("%d does not fit int64", u)
		}
		return int64(v.Uint()), nil
	case v.CanFloat():
		if f := v.Float(); f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), nil
		}
		return 0, fmt.Errorf("%v is not a whole number", v.Float())
	}
	return 0, mismatch(v, "integers")
}

func asFloat(v reflect.Value) (float64, error) {
	switch {
	case v.CanFloat():
		return v.Float(), nil
	case v.CanInt():
		return float64(v.Int()), nil
	case v.CanUint():
		return float64(v.Uint()), nil
	}
	return 0, mismatch(v, "numbers")
}
