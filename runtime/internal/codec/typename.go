package codec

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"sync"
	"time"
)

// basics are known to every process by their place here: only ever append.
var basics = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](),
	reflect.TypeFor[int32](), reflect.TypeFor[int64](), reflect.TypeFor[uint](), reflect.TypeFor[uint8](),
	reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex64](), reflect.TypeFor[complex128](),
	reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]int](), reflect.TypeFor[[]float64](),
	reflect.TypeFor[[]string](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](),
	reflect.TypeFor[map[string]string](), reflect.TypeFor[map[string]int](), reflect.TypeFor[map[string]float64](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[any](), reflect.TypeFor[error](),
	reflect.TypeFor[*big.Int](), reflect.TypeFor[*big.Float](), reflect.TypeFor[*big.Rat](), reflect.TypeFor[*url.URL](),
	reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[[]int32](), reflect.TypeFor[[]int64](),
	reflect.TypeFor[[]float32](), reflect.TypeFor[[]bool](), reflect.TypeFor[*RemoteError](),
}

var basicIndex = func() map[reflect.Type]int {
	m := make(map[reflect.Type]int, len(basics))
	for i, t := range basics {
		m[t] = i
	}
	return m
}()

var registered struct {
	sync.RWMutex
	byName map[string]reflect.Type
	byType map[reflect.Type]string
}

// RegisterType gives a type a name that does not depend on the build, so that its values inside
// interfaces travel between different programs. The same name must mean the same type everywhere.
func RegisterType(name string, t reflect.Type) {
	registered.Lock()
	defer registered.Unlock()
	if old := registered.byName[name]; old != nil && old != t {
		panic(fmt.Sprintf("codec: the name %q is taken by %s, cannot give it to %s", name, old, t))
	}
	if registered.byName == nil {
		registered.byName, registered.byType = map[string]reflect.Type{}, map[reflect.Type]string{}
	}
	registered.byName[name], registered.byType[t] = t, name
}

func registeredName(t reflect.Type) (string, bool) {
	registered.RLock()
	defer registered.RUnlock()
	n, ok := registered.byType[t]
	return n, ok
}

func registeredType(name string) reflect.Type {
	registered.RLock()
	defer registered.RUnlock()
	return registered.byName[name]
}

// How a type is described when the message names it first.
const (
	describeName    = 'n' // registered
	describeTable   = 't' // by Options.Types
	describeAddress = 'a' // of this build, and a key for others
	describePointer = '*'
	describeSlice   = '['
	describeArray   = 'A'
	describeMap     = 'm'
	describeStruct  = 's'
)

// typeRef writes which type follows.
func (e *encoder) typeRef(t reflect.Type) error {
	if i, ok := basicIndex[t]; ok {
		e.uint(uint64(ifaceTypes + i))
		return nil
	}
	if i, ok := e.types[t]; ok {
		e.uint(uint64(ifaceTypes + len(basics) + i))
		return nil
	}
	if why := refusal(t); why != nil {
		return why.error(t)
	}
	if e.o.Refuse != nil {
		if err := e.o.Refuse(t); err != nil {
			return err
		}
	}
	e.uint(ifaceNewType)
	if err := e.describe(t); err != nil {
		return err
	}
	if e.types == nil {
		e.types = map[reflect.Type]int{}
	}
	e.types[t] = len(e.typeList)
	e.typeList = append(e.typeList, t)
	return nil
}

func (e *encoder) describe(t reflect.Type) error {
	if name, ok := registeredName(t); ok {
		e.b = append(e.b, describeName)
		e.string(name)
		return nil
	}
	if off, ok := typeOffset(t); ok && (t.Name() != "" || t.Kind() == reflect.Struct || t.Kind() == reflect.Interface) {
		name, layout := TypeKey(t)
		e.b = append(e.b, describeAddress)
		e.string(name)
		e.address(off)
		e.b = binary.LittleEndian.AppendUint64(e.b, layout)
		return nil
	}
	if t.Name() != "" {
		return e.describeByTable(t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		e.b = append(e.b, describePointer)
		return e.typeRef(t.Elem())
	case reflect.Slice:
		e.b = append(e.b, describeSlice)
		return e.typeRef(t.Elem())
	case reflect.Array:
		e.b = append(e.b, describeArray)
		e.uint(uint64(t.Len()))
		return e.typeRef(t.Elem())
	case reflect.Map:
		e.b = append(e.b, describeMap)
		if err := e.typeRef(t.Key()); err != nil {
			return err
		}
		return e.typeRef(t.Elem())
	case reflect.Struct:
		return e.describeStruct(t)
	case reflect.Func:
		return refusedFunc.error(t)
	case reflect.Chan:
		return refusedChan.error(t)
	}
	return e.describeByTable(t)
}

func (e *encoder) describeByTable(t reflect.Type) error {
	if e.o.Types == nil {
		return &UnsupportedError{Type: t, Why: "the type was made at run time and has no name that other processes know", Fix: "declare it in a cell or in the program"}
	}
	name, err := e.o.Types.TypeName(t)
	if err != nil {
		return &UnsupportedError{Type: t, Why: err.Error(), Fix: "declare the type at the top level of a cell"}
	}
	e.b = append(e.b, describeTable)
	e.string(name)
	return nil
}

func (e *encoder) describeStruct(t reflect.Type) error {
	e.b = append(e.b, describeStruct)
	e.uint(uint64(t.NumField()))
	for i := range t.NumField() {
		f := t.Field(i)
		e.string(f.Name)
		e.string(f.PkgPath)
		e.string(string(f.Tag))
		embedded := uint64(0)
		if f.Anonymous {
			embedded = 1
		}
		e.uint(embedded)
		if err := e.typeRef(f.Type); err != nil {
			return within(err, "."+f.Name)
		}
	}
	return nil
}
