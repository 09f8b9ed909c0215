package marshal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
)

// RefTable is how references travel: as ids, and with a count of their own on arrival.
type RefTable interface {
	Out(ref any) (core.ID, error)
	In(id core.ID) any
}

var refs struct {
	typ   reflect.Type
	table RefTable
}

// SetRefs tells which pointer type is a reference. Package ray calls it when it is initialised.
func SetRefs(t reflect.Type, table RefTable) {
	refs.typ, refs.table = t, table
	plain = (&collector{}).options(nil)
}

// plain are the options under which values in ordinary memory are decoded, which changes nothing in
// them: results are many.
var plain = (&collector{}).options(nil)

// Encode encodes v under its static type: whoever decodes it knows the type. Segments alias v's
// memory until the value is copied.
func Encode(v reflect.Value) (core.Value, error) { return encode(v, false) }

func encode(v reflect.Value, whole bool) (core.Value, error) {
	c := collectors.Get().(*collector)
	c.encoding = codec.Options{RefType: refs.typ, Refs: c, Types: typeTable{}, Whole: whole}
	p, err := codec.Encode(v, &c.encoding)
	value := core.Value{Inline: p.Inline, Segments: p.Segments, Refs: c.ids}
	c.ids = nil
	collectors.Put(c)
	var refused *codec.UnsupportedError
	if err != nil && errors.As(err, &refused) && v.Type() == anyType && !v.IsNil() { // people do not see the box
		refused.Path = unboxed(refused.Path, v.Elem().Type())
	}
	return value, err
}

// collectors are those that are not in use.
var collectors = sync.Pool{New: func() any { return new(collector) }}

// EncodeState encodes an actor's state for another process that is to be its home: of a program
// that has other forms of the same types. It must not be larger than limit bytes.
func EncodeState(v reflect.Value, limit int64) (core.Value, error) {
	value, err := encode(v, true)
	if err == nil && value.Size() > limit {
		return core.Value{}, fmt.Errorf("it has %d MB, and at most %d MB are copied", value.Size()>>20, limit>>20)
	}
	return value, err
}

// DecodeState makes the state that EncodeState wrote; t is its type.
func DecodeState(v core.Value, t reflect.Type) (reflect.Value, error) {
	o := (&collector{}).options(nil)
	o.Whole = true
	return codec.Decode(codec.Payload{Inline: v.Inline, Segments: v.Segments}, t, o)
}

// CheckMove says by the type alone whether an actor's state may be encoded.
func CheckMove(t reflect.Type) error { return codec.CheckWhole(t, refs.typ) }

// EncodeAny encodes v together with its type, so that it can be decoded as what it is.
func EncodeAny(v reflect.Value) (core.Value, error) {
	box := reflect.New(anyType).Elem()
	if v.IsValid() {
		box.Set(v)
	}
	value, err := Encode(box)
	value.Any = true
	return value, err
}

// unboxed is the path of a field of a t, without the interface that it was put into.
func unboxed(path string, t reflect.Type) string {
	rest, ok := strings.CutPrefix(path, "interface {}.("+t.String()+")")
	if !ok {
		return path
	}
	for t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return t.String() + rest
	}
	return t.Name() + rest
}

// Decode returns the value as a t; a self-describing value as what it is when t is nil.
func Decode(v core.Value, t reflect.Type) (reflect.Value, error) {
	o := plain
	if v.Hold != nil {
		o = (&collector{}).options(v.Hold)
	}
	p := codec.Payload{Inline: v.Inline, Segments: v.Segments}
	if !v.Any {
		if t == nil {
			return reflect.Value{}, errors.New("the value does not say its type; ask for it as the type that it was made with")
		}
		decoded, err := codec.Decode(p, t, o)
		letGo(v.Hold, decoded)
		return decoded, err
	}
	box, err := codec.Decode(p, anyType, o)
	if err != nil {
		letGo(v.Hold, reflect.Value{})
		return reflect.Value{}, err
	}
	content := box.Elem()
	letGo(v.Hold, content)
	switch {
	case t == nil:
		return content, nil
	case !content.IsValid():
		return reflect.Zero(t), nil
	}
	converted, err := Convert(content, t)
	if err != nil && isTree(content) {
		if tree, e := fromTree(content, t); e == nil {
			return tree, nil
		} else if content.Kind() == reflect.Slice || content.Kind() == reflect.Map {
			err = e // it says which part does not fit
		}
	}
	if err != nil {
		return reflect.Value{}, fmt.Errorf("the object holds %s: %w", content.Type(), err)
	}
	return converted, nil
}

// None is the value of a function without a result. It is not to be changed.
func None() core.Value { return none() }

var none = sync.OnceValue(func() core.Value {
	value, err := EncodeAny(reflect.Value{})
	if err != nil {
		panic(err) // a nil interface can always be encoded
	}
	return value
})

var anyType = reflect.TypeFor[any]()

// collector is how one value's references, types and functions travel; it remembers the ids of
// the references.
type collector struct {
	ids      []core.ID
	encoding codec.Options // whose Refs it is
}

func (c *collector) options(hold any) *codec.Options {
	o := &codec.Options{RefType: refs.typ, Refs: c, Types: typeTable{}}
	if b, ok := hold.(*store.Buffer); ok {
		o.Hold = b
	}
	return o
}

// EncodeRef implements codec.RefTable.
func (c *collector) EncodeRef(ref any) ([]byte, error) {
	id, err := refs.table.Out(ref)
	if err != nil {
		return nil, err
	}
	c.ids = append(c.ids, id)
	return binary.LittleEndian.AppendUint64(nil, uint64(id)), nil
}

// DecodeRef implements codec.RefTable.
func (c *collector) DecodeRef(b []byte) (any, error) {
	if len(b) != 8 {
		return nil, fmt.Errorf("a reference has %d bytes, not 8; it was written by something else", len(b))
	}
	return refs.table.In(core.ID(binary.LittleEndian.Uint64(b))), nil
}

// encodeCaptures encodes captured variables one after another, each under its own type.
func encodeCaptures(captures []core.Capture) (core.Value, error) {
	if len(captures) == 0 {
		return core.Value{}, nil
	}
	t := captureStruct(len(captures), func(i int) reflect.Type { return captures[i].Value.Type() })
	v := reflect.New(t).Elem()
	for i, c := range captures {
		if err := codec.CheckWith(c.Value.Type(), refs.typ, false); err != nil {
			if _, encodeErr := Encode(c.Value); encodeErr != nil {
				return core.Value{}, fmt.Errorf("captured variable %s: %w", c.Name, encodeErr)
			}
		}
		v.Field(i).Set(c.Value)
	}
	return Encode(v)
}

func decodeCaptures(v core.Value, types []reflect.Type) ([]reflect.Value, error) {
	if len(types) == 0 {
		return nil, nil
	}
	t := captureStruct(len(types), func(i int) reflect.Type { return types[i] })
	all, err := Decode(v, t)
	if err != nil {
		return nil, err
	}
	captures := make([]reflect.Value, len(types))
	for i := range captures {
		captures[i] = all.Field(i)
	}
	return captures, nil
}

// captureStruct is a struct with one field per captured variable, so that what they share stays
// shared.
func captureStruct(n int, typ func(int) reflect.Type) reflect.Type {
	fields := make([]reflect.StructField, n)
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: typ(i)}
	}
	return reflect.StructOf(fields)
}
