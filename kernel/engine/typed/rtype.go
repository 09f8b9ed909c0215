package typed

import (
	"go/token"
	"go/types"
	"reflect"
	"strconv"
	"sync"
	"unsafe"

	"github.com/goplus/reflectx"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

// typeTable maps go/types to real run-time types. Named types of cells become types with a name
// and a method set through reflectx. Recursion is solved by giving a named type an "erased" body
// first, of the right size, alignment and pointer map, and its real body afterwards.
//
// All methods need the lock of the world that owns the table.
type typeTable struct {
	w         *world
	m         typeutil.Map // types.Type → reflect.Type
	rev       map[reflect.Type]types.Type
	canonical map[string]*namedType // see canonicalKey
	depth     int
	pending   []func()     // method sets, to be filled when the outermost type is complete
	made      []types.Type // since the outermost call of of began
	reserved  int          // entry points promised to pending method sets
	rctx      *reflectx.Context
	compiling *ssa.Function                    // see enclosing
	implicit  map[*types.TypeName][]types.Type // what enclosing knows
	number    map[token.Pos]int                // of local types, by their declaration
}

func rptr(t reflect.Type) unsafe.Pointer { return (*eface)(unsafe.Pointer(&t)).data }

var unsafePointerType = reflect.TypeFor[unsafe.Pointer]()

var basicTypes = map[types.BasicKind]reflect.Type{
	types.Bool: reflect.TypeFor[bool](), types.UntypedBool: reflect.TypeFor[bool](),
	types.Int: reflect.TypeFor[int](), types.Int8: reflect.TypeFor[int8](), types.Int16: reflect.TypeFor[int16](),
	types.Int32: reflect.TypeFor[int32](), types.Int64: reflect.TypeFor[int64](),
	types.Uint: reflect.TypeFor[uint](), types.Uint8: reflect.TypeFor[uint8](), types.Uint16: reflect.TypeFor[uint16](),
	types.Uint32: reflect.TypeFor[uint32](), types.Uint64: reflect.TypeFor[uint64](), types.Uintptr: reflect.TypeFor[uintptr](),
	types.Float32: reflect.TypeFor[float32](), types.Float64: reflect.TypeFor[float64](),
	types.Complex64: reflect.TypeFor[complex64](), types.Complex128: reflect.TypeFor[complex128](),
	types.String: reflect.TypeFor[string](), types.UnsafePointer: unsafePointerType,
	types.UntypedInt: reflect.TypeFor[int](), types.UntypedRune: reflect.TypeFor[rune](), types.UntypedFloat: reflect.TypeFor[float64](),
	types.UntypedComplex: reflect.TypeFor[complex128](), types.UntypedString: reflect.TypeFor[string](),
	types.UntypedNil: unsafePointerType, types.Invalid: unsafePointerType,
}

// reflectMu guards reflectx, whose tables belong to the process.
var reflectMu sync.Mutex

// of returns the run-time type of t.
func (c *typeTable) of(t types.Type) reflect.Type {
	t = types.Unalias(t)
	if b, ok := t.(*types.Basic); ok {
		return basicTypes[b.Kind()]
	}
	if r := c.m.At(t); r != nil {
		return r.(reflect.Type)
	}
	if c.depth > 0 {
		return c.add(t)
	}
	reflectMu.Lock()
	defer reflectMu.Unlock()
	before, done := c.reserved, false
	defer func() {
		if !done { // no half-made type may stay
			c.undo()
			c.reserved = before
		}
		c.made = nil
	}()
	r := c.add(t)
	for len(c.pending) > 0 {
		f := c.pending[0]
		c.pending = c.pending[1:]
		c.depth++
		f()
		c.depth--
	}
	done = true
	return r
}

func (c *typeTable) add(t types.Type) reflect.Type {
	c.depth++
	r := c.build(t)
	c.depth--
	c.set(t, r)
	if _, ok := c.rev[r]; !ok {
		c.rev[r] = t
	}
	return r
}

func (c *typeTable) set(t types.Type, r reflect.Type) {
	c.m.Set(t, r)
	c.made = append(c.made, t)
}

// undo forgets what the present call of the outermost of has made.
func (c *typeTable) undo() {
	c.depth, c.pending = 0, nil
	for _, t := range c.made {
		if r, ok := c.m.At(t).(reflect.Type); ok && c.rev[r] == t {
			delete(c.rev, r)
		}
		c.m.Delete(t)
		if n, ok := t.(*types.Named); ok {
			delete(c.canonical, c.canonicalKey(n))
		}
	}
}

// whenComplete calls f when no type is half made.
func (c *typeTable) whenComplete(f func()) {
	if c.depth == 0 {
		f()
		return
	}
	c.pending = append(c.pending, f)
}

func (c *typeTable) build(t types.Type) reflect.Type {
	switch t := t.(type) {
	case *types.Pointer:
		return reflectx.PtrTo(c.of(t.Elem()))
	case *types.Slice:
		return reflect.SliceOf(c.of(t.Elem()))
	case *types.Array:
		return reflect.ArrayOf(int(t.Len()), c.of(t.Elem()))
	case *types.Map:
		return reflect.MapOf(c.of(t.Key()), c.of(t.Elem()))
	case *types.Chan:
		return reflect.ChanOf(chanDir(t.Dir()), c.of(t.Elem()))
	case *types.Signature:
		return c.funcOf(t)
	case *types.Struct:
		return c.structWithMethods(t)
	case *types.Tuple:
		var fs []reflect.StructField
		for i := range t.Len() {
			fs = append(fs, reflect.StructField{Name: "R" + strconv.Itoa(i), Type: c.of(t.At(i).Type())})
		}
		return reflect.StructOf(fs)
	case *types.Interface:
		if t.NumMethods() == 0 {
			return reflect.TypeFor[any]()
		}
		return c.rctx.InterfaceOf(nil, c.interfaceMethods(t))
	case *types.Named:
		return c.named(t)
	case *types.TypeParam:
		panic("typed: internal error: type parameter " + t.String())
	}
	return unsafePointerType
}

func chanDir(d types.ChanDir) reflect.ChanDir {
	switch d {
	case types.SendOnly:
		return reflect.SendDir
	case types.RecvOnly:
		return reflect.RecvDir
	}
	return reflect.BothDir
}

func (c *typeTable) funcOf(t *types.Signature) reflect.Type {
	var in, out []reflect.Type
	for i := range t.Params().Len() {
		in = append(in, c.of(t.Params().At(i).Type()))
	}
	for i := range t.Results().Len() {
		out = append(out, c.of(t.Results().At(i).Type()))
	}
	return reflect.FuncOf(in, out, t.Variadic())
}

// structWithMethods: an unnamed struct that embeds types with methods has a method set of its own.
func (c *typeTable) structWithMethods(t *types.Struct) reflect.Type {
	r := c.structOf(t)
	if ms := types.NewMethodSet(types.NewPointer(t)); ms.Len() > 0 {
		own := types.NewMethodSet(t)
		r = c.reserveMethods(r, own.Len(), ms.Len())
		c.pending = append(c.pending, func() { c.setMethods(r, ms, own, &methodTargets{}) })
	}
	return r
}

func (c *typeTable) interfaceMethods(t *types.Interface) []reflect.Method {
	var ms []reflect.Method
	for i := range t.NumMethods() {
		m := t.Method(i)
		rm := reflect.Method{Name: m.Name(), Type: c.of(m.Type())}
		if !m.Exported() {
			rm.PkgPath = m.Pkg().Path()
		}
		ms = append(ms, rm)
	}
	return ms
}

func (c *typeTable) structOf(t *types.Struct) reflect.Type {
	var fs []reflect.StructField
	for i := range t.NumFields() {
		f := t.Field(i)
		sf := reflect.StructField{Name: f.Name(), Type: c.of(f.Type()), Tag: reflect.StructTag(t.Tag(i)), Anonymous: f.Embedded()}
		if !f.Exported() {
			sf.PkgPath = f.Pkg().Path()
		}
		fs = append(fs, sf)
	}
	return c.rctx.StructOf(fs)
}

// erased has the size, alignment, pointer map and kind of t, without following references.
func (c *typeTable) erased(t types.Type) reflect.Type {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return basicTypes[t.Kind()]
	case *types.Pointer:
		return reflect.TypeFor[*int]()
	case *types.Slice:
		return reflect.TypeFor[[]int]()
	case *types.Map:
		return reflect.TypeFor[map[int]int]()
	case *types.Chan:
		return reflect.TypeFor[chan int]()
	case *types.Signature:
		ints := func(n int) (r []reflect.Type) {
			for range n {
				r = append(r, reflect.TypeFor[int]())
			}
			return
		}
		return reflect.FuncOf(ints(t.Params().Len()), ints(t.Results().Len()), false)
	case *types.Interface:
		if t.NumMethods() == 0 {
			return reflect.TypeFor[any]()
		}
		return reflect.TypeFor[error]()
	case *types.Array:
		return reflect.ArrayOf(int(t.Len()), c.erased(t.Elem()))
	case *types.Struct:
		var fs []reflect.StructField
		for i := range t.NumFields() {
			fs = append(fs, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: c.erased(t.Field(i).Type())})
		}
		return reflect.StructOf(fs)
	case *types.Named:
		if r := c.compiled(t); r != nil {
			return r
		}
		return c.erased(t.Underlying())
	}
	return unsafePointerType
}
