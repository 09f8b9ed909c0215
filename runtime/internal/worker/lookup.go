package worker

import "reflect"

// methodByName finds a method of an actor's state. It is apart from its callers because a program
// that calls reflect's MethodByName has to keep every method of every type: native programs,
// which must be small, have a table of their actor's methods instead of this file.
func methodByName(state reflect.Value, name string) reflect.Value { return state.MethodByName(name) }
