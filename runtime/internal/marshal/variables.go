package marshal

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

// clusterDies is why references are not part of a snapshot.
const clusterDies = "it belongs to the Ray session, which ends with its process"

// bound are types whose values mean nothing without the Ray session, and why.
var bound = map[reflect.Type]string{}

// Bind says that values of these types end with the Ray session. It is called by init functions.
func Bind(why string, all ...reflect.Type) {
	for _, t := range all {
		bound[t] = why
	}
}

// Variables says what surrounds a snapshot of variables.
type Variables struct {
	Limit int          // bytes, all together
	Stop  func() error // ends the encoding with its error; may be nil
}

// header goes before the encoded variables.
type header struct {
	Sources map[string][]byte // code of cells, by hash
	Funcs   map[int][]byte    // variables that hold functions
}

// headerBytes is where the length of the header is.
const headerBytes = 8

// EncodeVariables writes variables, which must be addressable, by calls of write. errs[i] says in a
// few words why variable i is left out. What they refer to in the Ray session is left out too.
func EncodeVariables(values []reflect.Value, v Variables, write func(at int64, b []byte) error) (errs []error, err error) {
	t := &snapshotTable{sources: map[string][]byte{}}
	h := header{Sources: t.sources, Funcs: map[int][]byte{}}
	errs = make([]error, len(values))
	var plain []reflect.Value
	var places []int
	for i, v := range values {
		switch {
		case v.Kind() != reflect.Func:
			plain, places = append(plain, v), append(places, i)
		case v.IsNil():
		default:
			h.Funcs[i], errs[i] = t.EncodeFunc(v.Interface())
		}
	}
	o := &codec.Options{RefType: refs.typ, Refs: t, Types: t, Funcs: t, Refuse: refuse, Stop: v.Stop}
	p, plainErrs, err := codec.EncodeVariables(plain, v.Limit, o)
	if err != nil {
		return nil, err
	}
	for k, err := range plainErrs {
		errs[places[k]] = reason(err)
	}
	var b bytes.Buffer
	b.Write(make([]byte, headerBytes))
	if err := gob.NewEncoder(&b).Encode(h); err != nil {
		return nil, err
	}
	binary.LittleEndian.PutUint64(b.Bytes(), uint64(b.Len()))
	if err := write(0, b.Bytes()); err != nil {
		return nil, err
	}
	at := int64(b.Len()+codec.Align-1) &^ (codec.Align - 1)
	return errs, p.CopyFlat(func(off int64, b []byte) error { return write(at+off, b) })
}

// DecodeVariables reads what EncodeVariables wrote. What holds functions comes without a type:
// place(i, nil).
func DecodeVariables(b []byte, n int, place func(i int, t reflect.Type) (reflect.Value, bool)) error {
	if len(b) < headerBytes {
		return errors.New("the snapshot is cut off; take another")
	}
	size := binary.LittleEndian.Uint64(b)
	at := (size + codec.Align - 1) &^ (codec.Align - 1)
	if size < headerBytes || at > uint64(len(b)) {
		return errors.New("the snapshot is cut off; take another")
	}
	var h header
	if err := gob.NewDecoder(bytes.NewReader(b[headerBytes:size])).Decode(&h); err != nil {
		return fmt.Errorf("the snapshot cannot be read (%w); take another", err)
	}
	t := &snapshotTable{sources: h.Sources}
	var places []int
	for i := range n {
		f, isFunc := h.Funcs[i]
		if !isFunc {
			places = append(places, i)
			continue
		}
		if v, ok := place(i, nil); ok && v.Kind() == reflect.Func {
			fn, err := t.DecodeFunc(f, v.Type())
			if err != nil {
				return err
			}
			v.Set(reflect.ValueOf(fn))
		}
	}
	p, err := codec.ParseFlat(b[at:])
	if err != nil {
		return err
	}
	o := &codec.Options{RefType: refs.typ, Refs: t, Types: t, Funcs: t}
	return codec.DecodeVariables(p, len(places), func(k int, t reflect.Type) (reflect.Value, bool) { return place(places[k], t) }, o)
}

// reason is what a person wants to know about a variable that is left out.
func reason(err error) error {
	var u *codec.UnsupportedError
	if !errors.As(err, &u) {
		return err
	}
	if _, inside, ok := strings.Cut(u.Path, "."); ok && inside[0] != '(' {
		return fmt.Errorf("%s: %s", inside, u.Why)
	}
	return errors.New(u.Why)
}

var refusals sync.Map // reflect.Type → string

// refuse looks for bound types among what t is made of.
func refuse(t reflect.Type) error {
	why, known := refusals.Load(t)
	if !known {
		why = findBound(t, map[reflect.Type]bool{})
		refusals.Store(t, why)
	}
	if why == "" {
		return nil
	}
	return &codec.UnsupportedError{Type: t, Why: why.(string), Fix: "run its cell again"}
}

func findBound(t reflect.Type, seen map[reflect.Type]bool) string {
	if why := bound[t]; why != "" || seen[t] {
		return why
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return findBound(t.Elem(), seen)
	case reflect.Map:
		if why := findBound(t.Key(), seen); why != "" {
			return why
		}
		return findBound(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if why := findBound(t.Field(i).Type, seen); why != "" {
				return why
			}
		}
	}
	return ""
}

// snapshotTable keeps the code of cells beside the values, as no session will have it.
type snapshotTable struct{ sources map[string][]byte }

// exported are the snapshots of types, which take a while to make.
var exported sync.Map // reflect.Type → core.Snapshot

// TypeName implements codec.TypeTable.
func (s *snapshotTable) TypeName(t reflect.Type) (string, error) {
	known, ok := exported.Load(t)
	if !ok {
		code := core.CurrentCode()
		if code == nil {
			return "", errors.New("its type was made at run time")
		}
		made, ok := code.ExportType(t)
		if !ok {
			return "", errors.New("its type was declared inside a function, or made at run time")
		}
		known, _ = exported.LoadOrStore(t, made)
	}
	made := known.(core.Snapshot)
	s.keep(made)
	return made.Name + " " + made.Hash, nil
}

// TypeByName implements codec.TypeTable.
func (s *snapshotTable) TypeByName(name string) (reflect.Type, error) {
	space := strings.LastIndexByte(name, ' ')
	if space < 0 {
		return nil, fmt.Errorf("%q is not the name of a type of a cell", name)
	}
	d, err := s.define(name[space+1:])
	if err != nil {
		return nil, err
	}
	return d.Type(name[:space])
}

func (s *snapshotTable) define(hash string) (core.Definition, error) {
	code := core.CurrentCode()
	if code == nil {
		return nil, errors.New("the session's engine cannot read code of cells")
	}
	source, ok := s.sources[hash]
	if !ok {
		return nil, errors.New("code of a cell is missing in the snapshot")
	}
	return code.Import(hash, source, func(hash string) ([]byte, error) {
		if part, ok := s.sources[hash]; ok {
			return part, nil
		}
		return nil, errors.New("code of a third-party package is missing in the snapshot")
	})
}

func (s *snapshotTable) keep(made core.Snapshot) {
	s.sources[made.Hash] = made.Source
	for _, part := range made.Parts {
		s.sources[part.Hash] = part.Data
	}
}

// EncodeFunc implements codec.FuncTable: functions of the program, and those of cells that captured
// nothing. What others captured may be shared with other functions, which could not be kept up.
func (s *snapshotTable) EncodeFunc(fn any) ([]byte, error) {
	var ref core.FuncRef
	if code := core.CurrentCode(); code != nil {
		made, ok, err := code.Export(fn)
		if err != nil {
			return nil, err
		}
		if ok && len(made.Captures) > 0 {
			var names []string
			for _, c := range made.Captures {
				names = append(names, c.Name)
			}
			return nil, fmt.Errorf("a function with variables of its own: %s", strings.Join(names, ", "))
		}
		if ok {
			s.keep(made)
			ref = core.FuncRef{Name: made.Name, Hash: made.Hash, IsCell: true}
		}
	}
	if !ref.IsCell {
		var err error
		if ref, _, err = Function(fn); err != nil {
			return nil, errors.New("a function with variables of its own")
		}
		ref.Live, ref.Captures = nil, core.Value{}
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(ref)
	return b.Bytes(), err
}

// DecodeFunc implements codec.FuncTable.
func (s *snapshotTable) DecodeFunc(b []byte, t reflect.Type) (any, error) {
	var ref core.FuncRef
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&ref); err != nil {
		return nil, err
	}
	var fn reflect.Value
	var err error
	if ref.IsCell {
		var d core.Definition
		if d, err = s.define(ref.Hash); err == nil {
			fn, err = d.Instantiate(nil)
		}
	} else {
		fn, err = Resolve(&ref, nil)
	}
	if err != nil {
		return nil, err
	}
	if !fn.Type().ConvertibleTo(t) {
		return nil, fmt.Errorf("%s is a %s, not a %s", ref.Name, fn.Type(), t)
	}
	return fn.Convert(t).Interface(), nil
}

// EncodeRef implements codec.RefTable.
func (*snapshotTable) EncodeRef(any) ([]byte, error) {
	return nil, &codec.UnsupportedError{Type: refs.typ, Why: clusterDies, Fix: "run its cell again"}
}

// DecodeRef implements codec.RefTable.
func (*snapshotTable) DecodeRef([]byte) (any, error) { return nil, errors.New(clusterDies) }
