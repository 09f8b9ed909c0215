package symbols

import (
	"cmp"
	"slices"
	"sync"

	"github.com/goray/goray/kernel/engine"
)

type table struct {
	path    string
	symbols []engine.Symbol // sorted by name
}

type instance struct {
	path   string
	symbol engine.Symbol
}

// Of returns the symbols of a package, sorted by name; none when the package is not known.
func Of(path string) []engine.Symbol {
	i, ok := slices.BinarySearchFunc(tables[:], path, func(t table, path string) int { return cmp.Compare(t.path, path) })
	if !ok {
		return nil
	}
	return tables[i].symbols
}

// Paths lists the packages, sorted.
func Paths() []string {
	l := make([]string, len(tables))
	for i, t := range tables {
		l[i] = t.path
	}
	return l
}

// Lookup finds a symbol. A type's instance is named as go/types writes it, its arguments with
// full import paths: "Seq[string]", "Seq2[int, go/ast.Node]".
func Lookup(path, name string) (any, bool) {
	if v, ok := Find(Of(path), name); ok {
		return v, true
	}
	v, ok := instanceIndex()[[2]string{path, name}]
	return v, ok
}

// Find looks a name up in a table that is sorted by name.
func Find(table []engine.Symbol, name string) (any, bool) {
	i, ok := slices.BinarySearchFunc(table, name, func(s engine.Symbol, name string) int { return cmp.Compare(s.Name, name) })
	if !ok {
		return nil, false
	}
	return table[i].Value, true
}

var instanceIndex = sync.OnceValue(func() map[[2]string]any {
	m := make(map[[2]string]any, len(instances))
	for _, i := range instances {
		m[[2]string{i.path, i.symbol.Name}] = i.symbol.Value
	}
	return m
})
