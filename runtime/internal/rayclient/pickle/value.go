package pickle

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list that was read. It may contain itself. Lists are written as []any.
type List struct{ Items []any }

// Set is a Python set or frozenset, in no order.
type Set []any

// Dict is a Python dict in the order of its keys.
type Dict struct {
	Keys   []any
	Values []any
}

// Get finds the value of a text key.
func (d *Dict) Get(key string) (any, bool) {
	if d == nil {
		return nil, false
	}
	for i := len(d.Keys) - 1; i >= 0; i-- { // the last one counts
		if d.Keys[i] == key {
			return d.Values[i], true
		}
	}
	return nil, false
}

// Text is Get of a string; empty where there is none.
func (d *Dict) Text(key string) string {
	v, _ := d.Get(key)
	s, _ := v.(string)
	return s
}

// Global names a Python class or function.
type Global struct{ Module, Name string }

// String is the dotted name.
func (g Global) String() string { return g.Module + "." + g.Name }

// Call is written as a call of Fn, a Global or another Call.
type Call struct {
	Fn   any
	Args Tuple
}

// Persistent is written as a persistent id, which the reading side resolves.
type Persistent struct{ ID any }

// Object is an instance that was read: what its class would have been called with, and its state.
type Object struct {
	Class Global
	Args  Tuple
	State any
	// Of is what was called where that was no Global but the result of another call.
	Of any
}
