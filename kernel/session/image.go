package session

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// image is the state of a session between two cells: what it declares, and its variables.
type image struct {
	Cell      int         `json:"cell"` // the last one that ran
	Cells     []declaring `json:"cells,omitempty"`
	Variables []saved     `json:"variables,omitempty"`
	Shared    *shared     `json:"shared,omitempty"` // where values is, on its way to another process

	values *blob // of the variables; nil without any
}

// saved is a variable of an image.
type saved struct {
	Name    string            `json:"name"`
	Cell    int               `json:"cell"`
	Type    string            `json:"type"`              // as source
	Imports map[string]string `json:"imports,omitempty"` // that Type needs: name → path
	Why     string            `json:"why,omitempty"`     // its value is not there
	Encoded bool              `json:"encoded,omitempty"` // it has a place among the values, if only as what is left out
	Repeat  bool              `json:"repeat,omitempty"`  // its declaration can be repeated instead
}

// Loss is something of a session that its image does not bring back.
type Loss struct{ Name, Why string }

func (l Loss) String() string {
	if l.Why == "" {
		return l.Name
	}
	return l.Name + " (" + l.Why + ")"
}

// qualified finds package names in a type, and the tags of fields, to leave them alone.
var qualified = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|[\\pL_][\\pL\\pN_]*\\.")

// cellPackage is what types of cells have for a package.
const cellPackage = "main"

// typeSource writes a variable's type so that a cell can declare it again.
func typeSource(text string, t reflect.Type) (source string, imports map[string]string, err error) {
	paths := map[string]map[string]bool{}
	packagesOf(t, paths, map[reflect.Type]bool{})
	source = qualified.ReplaceAllStringFunc(text, func(m string) string {
		name, ok := strings.CutSuffix(m, ".")
		switch {
		case !ok:
		case name == cellPackage:
			return ""
		case len(paths[name]) > 1:
			err = fmt.Errorf("its type names two packages %s", name)
		default:
			for path := range paths[name] {
				if imports == nil {
					imports = map[string]string{}
				}
				imports[name] = path
			}
		}
		return m
	})
	return source, imports, err
}

// packagesOf notes which packages a type as written mentions.
func packagesOf(t reflect.Type, paths map[string]map[string]bool, seen map[reflect.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	if path := t.PkgPath(); path != "" {
		name, _, ok := strings.Cut(t.String(), ".")
		if ok && paths[name] == nil {
			paths[name] = map[string]bool{}
		}
		if ok {
			paths[name][path] = true
		}
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		packagesOf(t.Elem(), paths, seen)
	case reflect.Map:
		packagesOf(t.Key(), paths, seen)
		packagesOf(t.Elem(), paths, seen)
	case reflect.Struct:
		for i := range t.NumField() {
			packagesOf(t.Field(i).Type, paths, seen)
		}
	case reflect.Func:
		for i := range t.NumIn() {
			packagesOf(t.In(i), paths, seen)
		}
		for i := range t.NumOut() {
			packagesOf(t.Out(i), paths, seen)
		}
	case reflect.Interface:
		for i := range t.NumMethod() {
			packagesOf(t.Method(i).Type, paths, seen)
		}
	}
}

// declaration is the source that declares the variable.
func (s saved) declaration() string {
	var b strings.Builder
	for name, path := range s.Imports {
		fmt.Fprintf(&b, "import %s %q\n", name, path)
	}
	fmt.Fprintf(&b, "var %s %s\n", s.Name, s.Type)
	return b.String()
}
