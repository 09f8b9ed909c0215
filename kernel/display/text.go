package display

import (
	"fmt"
	"image"
	"reflect"
	"strconv"
	"strings"
)

// maxElements is how many elements of a slice, an array or a map are written out.
const maxElements = 1000

// Text is v as a cell shows it in plain text: numbers plain, strings quoted, structs with their
// field names, errors by their text, and whatever has a String method by that.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return strconv.Quote(v)
	case error, fmt.Stringer, fmt.Formatter:
		if isNil(v) {
			return "nil"
		}
		return fmt.Sprint(v) // %+v would show the sign of a big.Int, the stack of some errors
	case image.Image:
		size := v.Bounds().Size()
		return fmt.Sprintf("%T %d×%d", v, size.X, size.Y)
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return strconv.Quote(r.String())
	case reflect.Func, reflect.Chan:
		return r.Type().String()
	case reflect.Pointer:
		switch {
		case r.IsNil():
			return "nil"
		case r.Elem().Kind() != reflect.Struct:
			return fmt.Sprintf("(%s)(%#x)", r.Type(), r.Pointer())
		}
	case reflect.Slice, reflect.Array:
		if n := r.Len(); n > maxElements {
			return sliceText(r, n)
		}
	case reflect.Map:
		if n := r.Len(); n > maxElements {
			return mapText(r, n)
		}
	}
	return fmt.Sprintf("%+v", v)
}

func sliceText(r reflect.Value, n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range maxElements {
		fmt.Fprintf(&b, "%+v ", r.Index(i))
	}
	fmt.Fprintf(&b, "… %d more]", n-maxElements)
	return b.String()
}

func mapText(r reflect.Value, n int) string {
	var b strings.Builder
	b.WriteString("map[")
	for it, i := r.MapRange(), 0; i < maxElements && it.Next(); i++ {
		fmt.Fprintf(&b, "%+v:%+v ", it.Key(), it.Value())
	}
	fmt.Fprintf(&b, "… %d more]", n-maxElements)
	return b.String()
}
