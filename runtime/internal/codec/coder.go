package codec

import (
	"encoding"
	"encoding/gob"
	"reflect"
	"sync"
	"unsafe"
)

// coder encodes and decodes the values of one type, reached by address.
type coder struct {
	t reflect.Type
	// min is the least number of bytes that a value takes. Nothing is allocated for a count that
	// the rest of the input could not hold.
	min int
	// raw: the memory of a value is its encoding. Any bit pattern is a valid value.
	raw bool
	// leaf: no pointer, map or interface inside, so no cycle can pass through.
	leaf bool
	enc  func(e *encoder, p unsafe.Pointer) error
	dec  func(d *decoder, p unsafe.Pointer) error
}

// coders holds the compiled coders of one RefType, for values that move or for others.
type coders struct {
	coderSet
	done sync.Map // reflect.Type → *coder
	mu   sync.Mutex
	work map[reflect.Type]*coder // being compiled, under mu
}

// coderSet is what coders depend on.
type coderSet struct {
	ref   reflect.Type // may be nil
	whole bool
}

var (
	coderSets sync.Map // RefType (or nil) → *coders
	wholeSets sync.Map // the same, for Options.Whole
)

func codersFor(o *Options) *coders {
	sets := &coderSets
	if o.Whole {
		sets = &wholeSets
	}
	if s, ok := sets.Load(o.RefType); ok {
		return s.(*coders)
	}
	s, _ := sets.LoadOrStore(o.RefType, &coders{coderSet: coderSet{o.RefType, o.Whole}})
	return s.(*coders)
}

// of returns the coder of t. A coder is published only when all that it needs is compiled.
func (s *coders) of(t reflect.Type) *coder {
	if c, ok := s.done.Load(t); ok {
		return c.(*coder)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work = map[reflect.Type]*coder{}
	c := s.compile(t)
	for t, c := range s.work {
		s.done.Store(t, c)
	}
	s.work = nil
	return c
}

// compile may return a coder that is still being built, for a recursive type: its enc and dec are
// there when they are first called.
func (s *coders) compile(t reflect.Type) *coder {
	if c, ok := s.done.Load(t); ok {
		return c.(*coder)
	}
	if c, ok := s.work[t]; ok {
		return c
	}
	c := &coder{t: t, min: 1}
	s.work[t] = c
	switch {
	case s.ref != nil && t == s.ref:
		refCoder(c)
	case special[t] != nil:
		special[t](c)
	case s.whole && moves(t):
		s.compileKind(c)
	case refusal(t) != nil:
		refuseCoder(c, refusal(t))
	case writesObject(t):
		objectCoder(c)
	case marshalsBinary(t):
		binaryCoder(c)
	default:
		s.compileKind(c)
	}
	return c
}

func (s *coders) compileKind(c *coder) {
	switch t := c.t; t.Kind() {
	case reflect.Bool:
		boolCoder(c)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		intCoder(c)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		uintCoder(c)
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		rawCoder(c)
	case reflect.String:
		stringCoder(c)
	case reflect.Array:
		s.arrayCoder(c)
	case reflect.Slice:
		s.sliceCoder(c)
	case reflect.Map:
		s.mapCoder(c)
	case reflect.Pointer:
		s.pointerCoder(c)
	case reflect.Struct:
		s.structCoder(c)
	case reflect.Interface:
		interfaceCoder(c)
	case reflect.Func:
		funcCoder(c)
	case reflect.Chan:
		refuseCoder(c, refusedChan)
	default: // unsafe.Pointer
		refuseCoder(c, refusedPointer)
	}
}

var (
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
	gobEncoder        = reflect.TypeFor[gob.GobEncoder]()
	gobDecoder        = reflect.TypeFor[gob.GobDecoder]()
	objectMarshaler   = reflect.TypeFor[ObjectMarshaler]()
	objectUnmarshaler = reflect.TypeFor[ObjectUnmarshaler]()
)

func writesObject(t reflect.Type) bool {
	return t.Name() != "" && has(t, objectMarshaler, objectUnmarshaler)
}

// marshalsBinary reports whether t hides state that only its own encoding is sure to carry. A type
// whose fields are all exported is plain data even where it has such methods.
func marshalsBinary(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.Name() == "" || !hidesState(t) {
		return false
	}
	return has(t, binaryMarshaler, binaryUnmarshaler) || has(t, gobEncoder, gobDecoder)
}

func hidesState(t reflect.Type) bool {
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return true
		}
	}
	return false
}

// has reports whether *t has both methods of its own. A method promoted from an embedded field
// would encode that field only, so a type with such a field counts as without.
func has(t, write, read reflect.Type) bool {
	if t.Kind() == reflect.Interface {
		return false
	}
	p := reflect.PointerTo(t)
	if !p.Implements(write) || !p.Implements(read) {
		return false
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous && (f.Type.Implements(write) || reflect.PointerTo(f.Type).Implements(write)) {
				return false
			}
		}
	}
	return true
}
