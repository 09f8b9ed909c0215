package marshal

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
)

// definitions are the cells' code that this process has loaded: hash → core.Definition.
var definitions sync.Map

// typeTable names types that were declared in cells: "name hash".
type typeTable struct{}

// TypeName implements codec.TypeTable. The source goes to the session, where others find it.
func (typeTable) TypeName(t reflect.Type) (string, error) {
	if known, ok := typeNames.Load(t); ok {
		return known.(string), nil
	}
	code := core.CurrentCode()
	if code == nil {
		return "", errors.New("the type was made at run time, and this process has no engine that knows it")
	}
	s, ok := code.ExportType(t)
	if !ok {
		return "", errors.New("the type was made at run time and was not declared in a cell")
	}
	backend := core.AnyBackend()
	if backend == nil {
		return "", errors.New("there is no session that could keep its source")
	}
	for _, part := range s.Parts {
		if _, known := typeParts.Load(part.Hash); known {
			continue
		}
		if err := backend.AddCode(part.Hash, part.Data); err != nil {
			return "", err
		}
		typeParts.Store(part.Hash, true)
	}
	if err := backend.AddCode(s.Hash, s.Source); err != nil {
		return "", err
	}
	name := s.Name + " " + s.Hash
	typeNames.Store(t, name)
	return name, nil
}

var typeNames sync.Map // reflect.Type → string

// typeParts are the hashes of what types share and the session has.
var typeParts sync.Map

// TypeByName implements codec.TypeTable.
func (typeTable) TypeByName(name string) (reflect.Type, error) {
	space := strings.LastIndexByte(name, ' ') // the names of generic types contain spaces too
	if space < 0 {
		return nil, fmt.Errorf("%q is not the name of a type of a cell", name)
	}
	short, hash := name[:space], name[space+1:]
	backend := core.AnyBackend()
	if backend == nil {
		return nil, errors.New("there is no session that has its source")
	}
	d, err := define(hash, backend.Code)
	if err != nil {
		return nil, err
	}
	return d.Type(short)
}

// Forget drops what belongs to a session that has ended: types must be published again in the next.
func Forget() {
	typeNames.Clear()
	typeParts.Clear()
}
