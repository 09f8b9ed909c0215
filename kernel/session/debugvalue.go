package session

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unsafe"
)

const (
	previewBytes   = 120  // of a value in one line
	childrenAtMost = 1000 // of a value, where a client does not ask for pages
)

// child is a part of a value, as a debugger shows it.
type debugChild struct {
	name  string
	expr  string // how Go code would write it; empty where it cannot
	value reflect.Value
	typ   string
}

// reachable lets the fields of a struct be read whatever their names.
func reachable(v reflect.Value) reflect.Value {
	if v.CanInterface() || !v.IsValid() {
		return v
	}
	if v.CanAddr() {
		return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
	}
	return v
}

// addressable is v, or a copy of it, with an address.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() || !v.CanInterface() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

func typeName(t reflect.Type) string { return strings.ReplaceAll(t.String(), "main.", "") }

// counts are the numbers of a value's fields and of its elements.
func counts(v reflect.Value) (named, indexed int) {
	switch v.Kind() {
	case reflect.Interface:
		return counts(v.Elem())
	case reflect.Pointer:
		if !v.IsNil() {
			if v.Elem().Kind() == reflect.Struct {
				return counts(v.Elem())
			}
			return 1, 0
		}
	case reflect.Struct:
		return v.NumField(), 0
	case reflect.Map:
		return v.Len(), 0
	case reflect.Slice, reflect.Array:
		return 0, v.Len()
	}
	return 0, 0
}

// children lists parts of a value, at most count from start on; count 0 is as many as are sensible.
func children(v reflect.Value, expr string, start, count int) (out []debugChild) {
	if count <= 0 || count > childrenAtMost {
		count = childrenAtMost
	}
	v = reachable(v)
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			inner := ""
			if expr != "" {
				inner = fmt.Sprintf("%s.(%s)", expr, typeName(v.Elem().Type()))
			}
			return children(addressable(reachable(v).Elem()), inner, start, count)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		if v.Elem().Kind() == reflect.Struct {
			return children(v.Elem(), expr, start, count)
		}
		if start == 0 {
			out = append(out, debugChild{"*", within(expr, "(*%s)"), v.Elem(), typeName(v.Type().Elem())})
		}
	case reflect.Struct:
		v = addressable(v)
		for i := start; i < v.NumField() && len(out) < count; i++ {
			f := v.Type().Field(i)
			out = append(out, debugChild{f.Name, within(expr, "%s."+f.Name), reachable(v.Field(i)), typeName(f.Type)})
		}
	case reflect.Slice, reflect.Array:
		for i := start; i < v.Len() && len(out) < count; i++ {
			out = append(out, debugChild{"[" + strconv.Itoa(i) + "]", within(expr, "%s["+strconv.Itoa(i)+"]"), reachable(v.Index(i)), typeName(v.Type().Elem())})
		}
	case reflect.Map:
		keys := someKeys(v, start+count)
		names := make([]string, len(keys))
		order := make([]int, len(keys))
		for i, k := range keys {
			names[i], order[i] = preview(k), i
		}
		sort.SliceStable(order, func(a, b int) bool { return lessKey(keys[order[a]], keys[order[b]], names[order[a]], names[order[b]]) })
		for i := start; i < len(order) && len(out) < count; i++ {
			k := order[i]
			e := ""
			if literal(keys[k]) {
				e = within(expr, "%s["+strings.ReplaceAll(names[k], "%", "%%")+"]")
			}
			out = append(out, debugChild{"[" + names[k] + "]", e, addressable(v.MapIndex(keys[k])), typeName(v.Type().Elem())})
		}
	}
	return out
}

// sortedAtMost is how many keys of a map are put in order.
const sortedAtMost = 10_000

// someKeys are the keys of a map, or of a large one those that come first, in no order.
func someKeys(v reflect.Value, n int) []reflect.Value {
	if v.Len() <= sortedAtMost {
		return v.MapKeys()
	}
	keys := make([]reflect.Value, 0, n)
	for it := v.MapRange(); len(keys) < n && it.Next(); {
		keys = append(keys, it.Key())
	}
	return keys
}

func within(expr, form string) string {
	if expr == "" {
		return ""
	}
	return fmt.Sprintf(form, expr)
}

func lessKey(a, b reflect.Value, x, y string) bool {
	switch {
	case a.CanInt() && b.CanInt():
		return a.Int() < b.Int()
	case a.CanUint() && b.CanUint():
		return a.Uint() < b.Uint()
	case a.CanFloat() && b.CanFloat():
		return a.Float() < b.Float()
	}
	return x < y
}

// literal says whether preview writes a key as Go code does.
func literal(k reflect.Value) bool {
	return k.CanInt() || k.CanUint() || k.Kind() == reflect.Bool || k.Kind() == reflect.String && k.Len() < previewBytes/2
}

// preview writes a value in one line. It calls nothing but the Error of errors.
func preview(v reflect.Value) string {
	var b strings.Builder
	writePreview(&b, v, 0)
	if b.Len() > previewBytes {
		return strings.ToValidUTF8(b.String()[:previewBytes], "") + "…"
	}
	return b.String()
}

var errorType = reflect.TypeFor[error]()

func writePreview(b *strings.Builder, v reflect.Value, depth int) {
	if b.Len() > previewBytes {
		return
	}
	if !v.IsValid() {
		b.WriteString("nil")
		return
	}
	v = reachable(v)
	if k := v.Kind(); k != reflect.Interface && v.Type().Implements(errorType) && v.CanInterface() && (k != reflect.Pointer || !v.IsNil()) {
		b.WriteString(errorText(v.Interface().(error)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		s := v.String()
		if len(s) > previewBytes {
			s = s[:previewBytes]
		}
		b.WriteString(strconv.Quote(s))
	case reflect.Interface:
		writePreview(b, v.Elem(), depth)
	case reflect.Pointer:
		switch {
		case v.IsNil():
			b.WriteString("nil")
		case depth > 2:
			fmt.Fprintf(b, "%#x", v.Pointer())
		default:
			b.WriteByte('&')
			writePreview(b, v.Elem(), depth+1)
		}
	case reflect.Struct:
		b.WriteByte('{')
		v = addressable(v)
		for i := range v.NumField() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(v.Type().Field(i).Name + ": ")
			writePreview(b, v.Field(i), depth+1)
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			b.WriteString("nil")
			return
		}
		if v.Len() > 10 || depth > 0 {
			fmt.Fprintf(b, "(%d) ", v.Len())
		}
		b.WriteByte('[')
		for i := 0; i < v.Len() && b.Len() <= previewBytes; i++ {
			if i > 0 {
				b.WriteString(", ")
			}
			writePreview(b, v.Index(i), depth+1)
		}
		b.WriteByte(']')
	case reflect.Map:
		writeMap(b, v, depth)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if v.IsNil() {
			b.WriteString("nil")
		} else {
			b.WriteString(typeName(v.Type()))
		}
	case reflect.Float32, reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	default:
		fmt.Fprint(b, plainValue(v))
	}
}

func writeMap(b *strings.Builder, v reflect.Value, depth int) {
	if v.IsNil() {
		b.WriteString("nil")
		return
	}
	fmt.Fprintf(b, "(%d) {", v.Len())
	if v.Len() <= 20 && depth < 3 {
		for i, c := range children(v, "", 0, 10) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strings.Trim(c.name, "[]") + ": ")
			writePreview(b, c.value, depth+1)
		}
	} else {
		b.WriteString("…")
	}
	b.WriteByte('}')
}

// plainValue is a value of a basic kind without the methods of its type.
func plainValue(v reflect.Value) any {
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.Kind() == reflect.Bool:
		return v.Bool()
	case v.CanComplex():
		return v.Complex()
	}
	return v.String()
}

// errorText is what an error says, or that its method fails.
func errorText(err error) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("(its Error method panics: %v)", r)
		}
	}()
	return err.Error()
}
