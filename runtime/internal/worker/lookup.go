package worker

import "reflect"

// methodByName finds a method of an actor's state. It is apart from its callers because a program
// that calls reflect's MethodByName has to keep every method of every type: native programs, which
// run no actors and must be small, are built without this file.
func methodByName(state reflect.Value, name string) reflect.Value { return state.MethodByName(name) }
