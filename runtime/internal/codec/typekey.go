package codec

import (
	"fmt"
	"hash/fnv"
	"io"
	"reflect"
	"sort"
	"strings"
	"sync"
	"unsafe"
)

// Another build of the program, such as the one for another platform, has the same types at other
// places. Between builds a type is its name and a check value over what it is made of.

// TypeKey names t for other builds of the program.
func TypeKey(t reflect.Type) (name string, layout uint64) {
	if known, ok := layouts.Load(t); ok {
		return t.String(), known.(uint64)
	}
	h := fnv.New64a()
	writeLayout(h, t, map[reflect.Type]bool{})
	layouts.Store(t, h.Sum64())
	return t.String(), h.Sum64()
}

var layouts sync.Map // reflect.Type → uint64

// writeLayout writes what t is made of, so far as values depend on it. Methods do not matter, but
// those of interfaces do.
func writeLayout(w io.Writer, t reflect.Type, seen map[reflect.Type]bool) {
	fmt.Fprintf(w, "%q %q %d %d\n", t.PkgPath(), t.String(), t.Kind(), t.Size())
	if seen[t] {
		return
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		writeLayout(w, t.Elem(), seen)
	case reflect.Map:
		writeLayout(w, t.Key(), seen)
		writeLayout(w, t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(w, "%s %q %d %t\n", f.Name, f.Tag, f.Offset, f.Anonymous)
			writeLayout(w, f.Type, seen)
		}
	case reflect.Interface:
		for i := range t.NumMethod() {
			fmt.Fprintf(w, "%s %s\n", t.Method(i).Name, t.Method(i).Type)
		}
	case reflect.Func:
		for i := range t.NumIn() {
			writeLayout(w, t.In(i), seen)
		}
		fmt.Fprintf(w, "%t\n", t.IsVariadic())
		for i := range t.NumOut() {
			writeLayout(w, t.Out(i), seen)
		}
	}
}

// TypeByKey finds a type of this program that another build has named by TypeKey.
func TypeByKey(name string, layout uint64) (reflect.Type, error) {
	key := fmt.Sprint(name, " ", layout)
	if known, ok := byKey.Load(key); ok {
		return known.(reflect.Type), nil
	}
	found, same := 0, []reflect.Type(nil)
	for _, t := range typesNamed(name) {
		found++
		if _, l := TypeKey(t); l == layout {
			same = append(same, t)
		}
	}
	switch {
	case len(same) == 1:
		byKey.Store(key, same[0])
		return same[0], nil
	case len(same) > 1:
		return nil, corrupt(fmt.Sprintf("%d types of this build of the program are called %s and look alike; declare it at the top level of its package, under a name of its own", len(same), name))
	case found > 0:
		return nil, corrupt(fmt.Sprintf("the type %s is not made of the same parts in this build of the program; build both from the same source", name))
	}
	return nil, corrupt(fmt.Sprintf("the type %s is not part of this build of the program; build both from the same source, and name it with RegisterType where only one of them uses it", name))
}

var byKey sync.Map // name and layout → reflect.Type

// typelinks are the types of the program that package reflect looks for by name, sorted by name, in
// two levels: pointers, functions, structs and other types without names of their own. Each named
// type has a pointer to it among them.
//
//go:linkname typelinks reflect.typelinks
func typelinks() (sections []unsafe.Pointer, offsets [][]int32)

// typesNamed returns the types of the program whose String is name.
func typesNamed(name string) (all []reflect.Type) {
	seen := map[reflect.Type]bool{}
	add := func(t reflect.Type) {
		if !seen[t] && t.String() == name {
			seen[t] = true
			all = append(all, t)
		}
	}
	sections, offsets := typelinks()
	for i, section := range sections {
		for _, wanted := range []string{name, "*" + name} {
			n := len(offsets[i])
			first := sort.Search(n, func(k int) bool { return linked(section, offsets[i][k]).String() >= wanted })
			for k := first; k < n; k++ {
				t := linked(section, offsets[i][k])
				if t.String() != wanted {
					break
				}
				add(t)
				if strings.HasPrefix(wanted, "*") && t.Kind() == reflect.Pointer {
					add(t.Elem())
				}
			}
		}
	}
	return all
}

// linked is the type at an offset of a section of types.
func linked(section unsafe.Pointer, offset int32) reflect.Type {
	x := any(reflect.TypeFor[anchored]())
	(*eface)(unsafe.Pointer(&x)).data = unsafe.Add(section, int(offset))
	return x.(reflect.Type)
}
