package tune

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Params are the parameters of one trial: a value per name. Names of nested
// spaces are joined by dots, as in "params.eta".
//
// The typed accessors panic with an explanation when the parameter is absent
// or of another kind; in a trial, that ends the trial with this error and
// leaves the others running. Lookup does not panic.
type Params map[string]any

// Lookup returns the value of a parameter and whether there is one.
func (p Params) Lookup(name string) (any, bool) {
	v, ok := p[name]
	return v, ok
}

// Float returns a number as float64.
func (p Params) Float(name string) float64 {
	v := reflect.ValueOf(p.get(name))
	switch {
	case v.CanFloat():
		return v.Float()
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	}
	panic(p.mismatch(name, "a number"))
}

// Int returns an integer. A float without a fraction, as JSON gives them, is
// an integer too.
func (p Params) Int(name string) int {
	v := reflect.ValueOf(p.get(name))
	switch {
	case v.CanInt():
		return int(v.Int())
	case v.CanUint():
		return int(v.Uint())
	case v.CanFloat() && v.Float() == float64(int(v.Float())):
		return int(v.Float())
	}
	panic(p.mismatch(name, "an integer"))
}

// String returns a text.
func (p Params) String(name string) string {
	if s, ok := p.get(name).(string); ok {
		return s
	}
	panic(p.mismatch(name, "a text"))
}

// Bool returns a truth value.
func (p Params) Bool(name string) bool {
	if b, ok := p.get(name).(bool); ok {
		return b
	}
	panic(p.mismatch(name, "a bool"))
}

// Sub returns the parameters below prefix, without it: Sub("params") of
// {"params.eta": 0.1} is {"eta": 0.1}.
func (p Params) Sub(prefix string) Params {
	out := Params{}
	for name, v := range p {
		if rest, ok := strings.CutPrefix(name, prefix+"."); ok {
			out[rest] = v
		}
	}
	return out
}

// Names returns the names, sorted.
func (p Params) Names() []string { return slices.Sorted(maps.Keys(p)) }

// Text writes the parameters in one line, sorted by name.
func (p Params) Text() string {
	parts := make([]string, 0, len(p))
	for _, name := range p.Names() {
		parts = append(parts, fmt.Sprintf("%s=%s", name, shortValue(p[name])))
	}
	return strings.Join(parts, " ")
}

func (p Params) get(name string) any {
	v, ok := p[name]
	if !ok {
		panic(fmt.Errorf("tune: there is no parameter %q; the space has %s", name, strings.Join(p.Names(), ", ")))
	}
	return v
}

func (p Params) mismatch(name, want string) error {
	return fmt.Errorf("tune: parameter %q is the %T %v, not %s; use the accessor for its type", name, p[name], p[name], want)
}

// shortValue writes a value for a table: few digits for floats.
func shortValue(v any) string {
	switch v := v.(type) {
	case float64:
		return fmt.Sprintf("%.5g", v)
	case float32:
		return fmt.Sprintf("%.5g", v)
	case string:
		return v
	}
	if v != nil && reflect.TypeOf(v).Kind() == reflect.Struct {
		if b, err := json.Marshal(v); err == nil && len(b) < 60 {
			return string(b)
		}
	}
	return fmt.Sprint(v)
}
