package marshal

import (
	"reflect"
	"sync"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/store"
)

var objectUnmarshaler = reflect.TypeFor[codec.ObjectUnmarshaler]()

// aliasing remembers which types may keep the memory that they were decoded from.
var aliasing sync.Map // reflect.Type → bool

// mayAlias reports whether a value of type t may hold shared memory: it reads its own segments
// somewhere, or what it holds is not known. All other values are copies.
func mayAlias(t reflect.Type) bool {
	if known, ok := aliasing.Load(t); ok {
		return known.(bool)
	}
	found := findAlias(t, map[reflect.Type]bool{})
	aliasing.Store(t, found)
	return found
}

func findAlias(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || t == refs.typ {
		return false
	}
	seen[t] = true
	if reflect.PointerTo(t).Implements(objectUnmarshaler) {
		return true
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.UnsafePointer:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return findAlias(t.Elem(), seen)
	case reflect.Map:
		return findAlias(t.Key(), seen) || findAlias(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if findAlias(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// letGo releases shared memory at once when nothing decoded from it can still use it; otherwise
// it goes with the last reference to hold.
func letGo(hold any, decoded reflect.Value) {
	b, ok := hold.(*store.Buffer)
	if ok && (!decoded.IsValid() || !mayAlias(decoded.Type())) {
		b.Release()
	}
}
