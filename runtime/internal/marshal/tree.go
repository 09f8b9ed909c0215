package marshal

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// isTree reports whether a value is of the neutral form in which values of other languages come:
// numbers, texts, lists and dicts without Go types of their own. They become what they are asked for
// as, where that loses nothing.
func isTree(v reflect.Value) bool {
	switch v.Interface().(type) {
	case bool, int, float64, string, []byte, *big.Int, []any, map[string]any, map[any]any, time.Time, core.ArrowStream, core.Array:
		return true
	}
	t := v.Type()
	for t.Kind() == reflect.Slice && t.Name() == "" {
		t = t.Elem()
	}
	return t.PkgPath() == "" && numeric(t.Kind())
}

// arrowTables makes tables of Arrow IPC streams, where somebody knows how.
var arrowTables atomic.Pointer[func(stream []byte, t reflect.Type) (table any, known bool, err error)]

// SetArrow says how Arrow IPC streams become tables of a type.
func SetArrow(decode func(stream []byte, t reflect.Type) (table any, known bool, err error)) {
	arrowTables.Store(&decode)
}

// fromTree makes a t of a neutral value.
func fromTree(v reflect.Value, t reflect.Type) (reflect.Value, error) {
	out := reflect.New(t).Elem()
	if err := fill(out, v, ""); err != nil {
		return reflect.Value{}, err
	}
	return out, nil
}

// fill sets out to v. where is the path to it: "[2].name".
func fill(out, v reflect.Value, where string) error {
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() { // None
		switch out.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
			out.SetZero()
			return nil
		}
		return misfit(out, "None", where)
	}
	t := out.Type()
	if v.Type().AssignableTo(t) {
		out.Set(v)
		return nil
	}
	if done, err := fillSpecial(out, v); done {
		if err != nil {
			return fmt.Errorf("%s%w", prefix(where), err)
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		p := reflect.New(t.Elem())
		if err := fill(p.Elem(), v, where); err != nil {
			return err
		}
		out.Set(p)
		return nil
	case reflect.Bool:
		if v.Kind() == reflect.Bool {
			out.SetBool(v.Bool())
			return nil
		}
	case reflect.String:
		if v.Kind() == reflect.String {
			out.SetString(v.String())
			return nil
		}
	case reflect.Slice, reflect.Array:
		return fillList(out, v, where)
	case reflect.Map:
		return fillMap(out, v, where)
	case reflect.Struct:
		return fillStruct(out, v, where)
	}
	if numeric(t.Kind()) && numeric(v.Kind()) {
		return fillNumber(out, v, where)
	}
	return misfit(out, v.Type().String(), where)
}

// fillSpecial fills what a type says more about than its kind.
func fillSpecial(out, v reflect.Value) (done bool, err error) {
	if stream, ok := v.Interface().(core.ArrowStream); ok {
		decode := arrowTables.Load()
		if out.Kind() == reflect.Slice && out.Type().Elem().Kind() == reflect.Uint8 {
			out.SetBytes(stream.ArrowStream())
			return true, nil
		}
		if decode == nil {
			return false, nil
		}
		table, known, err := (*decode)(stream.ArrowStream(), out.Type())
		if known && err == nil {
			out.Set(reflect.ValueOf(table))
		}
		return known, err
	}
	n, isBig := v.Interface().(*big.Int)
	if out.Type() == reflect.TypeFor[*big.Int]() && v.CanInt() {
		out.Set(reflect.ValueOf(big.NewInt(v.Int())))
		return true, nil
	}
	if out.Type() == reflect.TypeFor[time.Duration]() && v.CanFloat() {
		out.SetInt(int64(v.Float() * float64(time.Second)))
		return true, nil
	}
	if isBig {
		switch {
		case out.CanInt() && n.IsInt64() && !out.OverflowInt(n.Int64()):
			out.SetInt(n.Int64())
		case out.CanUint() && n.IsUint64() && !out.OverflowUint(n.Uint64()):
			out.SetUint(n.Uint64())
		case out.CanFloat():
			f, _ := new(big.Float).SetInt(n).Float64()
			out.SetFloat(f)
		default:
			return true, fmt.Errorf("%v does not fit into %s; ask for *big.Int", n, out.Type())
		}
		return true, nil
	}
	return false, nil
}

func misfit(out reflect.Value, have, where string) error {
	return fmt.Errorf("%s%s is no %s; ask for what it is, or for any", prefix(where), have, out.Type())
}

func prefix(where string) string {
	if where == "" {
		return ""
	}
	return "at " + where + ": "
}

// fillNumber sets a number where that does not change it; a whole number may become a float, which
// may round it, as in Python.
func fillNumber(out, v reflect.Value, where string) error {
	if out.CanFloat() {
		out.Set(v.Convert(out.Type()))
		return nil
	}
	c := v.Convert(out.Type())
	if back := c.Convert(v.Type()); !back.Equal(v) || !sameSign(v, c) {
		return fmt.Errorf("%s%v does not fit into %s; ask for another number type", prefix(where), v, out.Type())
	}
	out.Set(c)
	return nil
}

func fillList(out, v reflect.Value, where string) error {
	if v.Kind() != reflect.Slice {
		return misfit(out, v.Type().String(), where)
	}
	if out.Kind() == reflect.Array {
		if out.Len() != v.Len() {
			return fmt.Errorf("%s%d elements do not fit into %s; ask for a slice", prefix(where), v.Len(), out.Type())
		}
	} else {
		out.Set(reflect.MakeSlice(out.Type(), v.Len(), v.Len()))
	}
	for i := range v.Len() {
		if err := fill(out.Index(i), v.Index(i), fmt.Sprintf("%s[%d]", where, i)); err != nil {
			return err
		}
	}
	return nil
}

func fillMap(out, v reflect.Value, where string) error {
	if v.Kind() != reflect.Map {
		return misfit(out, v.Type().String(), where)
	}
	t := out.Type()
	out.Set(reflect.MakeMapWithSize(t, v.Len()))
	for i := v.MapRange(); i.Next(); {
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		at := fmt.Sprintf("%s[%v]", where, i.Key())
		if err := fill(key, i.Key(), at); err != nil {
			return err
		}
		if err := fill(value, i.Value(), at); err != nil {
			return err
		}
		out.SetMapIndex(key, value)
	}
	return nil
}

// fillStruct sets the exported fields that a dict has entries for, by the names of their json tags, or
// by their own without regard to case. Other entries are left out.
func fillStruct(out, v reflect.Value, where string) error {
	dict, ok := v.Interface().(map[string]any)
	if !ok {
		return misfit(out, v.Type().String(), where)
	}
	t := out.Type()
	exported := 0
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && f.IsExported() && f.Tag.Get("json") == "" {
			if err := fillStruct(out.Field(i), v, where); err != nil {
				return err
			}
			exported++
			continue
		}
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		exported++
		if x, found := entry(dict, &f); found {
			if err := fill(out.Field(i), reflect.ValueOf(x), where+"."+f.Name); err != nil {
				return err
			}
		}
	}
	if exported == 0 && t.NumField() > 0 {
		return errors.New(prefix(where) + "a dict has no place in " + t.String() + ", none of whose fields is exported; export them")
	}
	return nil
}

func entry(dict map[string]any, f *reflect.StructField) (x any, found bool) {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name != "" {
		x, found = dict[name]
		return x, found
	}
	if x, found = dict[f.Name]; found {
		return x, true
	}
	for key, x := range dict {
		if strings.EqualFold(key, f.Name) {
			return x, true
		}
	}
	return nil, false
}
