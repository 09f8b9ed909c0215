package typed

import (
	"go/types"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/goray/goray/kernel/engine"
)

// The front end answers completion and inspection from the types of the session.

// Complete implements [engine.Engine].
func (s *Session) Complete(source string, cursor int) engine.Completions {
	return s.lang.Complete(source, cursor)
}

// Inspect implements [engine.Engine].
func (s *Session) Inspect(source string, cursor, detail int) (engine.Inspection, bool) {
	return s.lang.Inspect(source, cursor, detail)
}

// IsComplete implements [engine.Engine].
func (s *Session) IsComplete(source string) (engine.Completeness, string) {
	return s.lang.IsComplete(source)
}

// lend gives f the values of variables. Nothing of a cell runs meanwhile, or f is told so and gets
// pointers only: a map that is being written ends the process of whoever reads it.
func (s *Session) lend(f func(value func(types.Object) reflect.Value, still bool)) {
	still := s.executing.TryLock()
	if still {
		defer s.executing.Unlock()
	}
	s.mu.Lock()
	values := make(map[types.Object]reflect.Value, len(s.vars))
	for _, v := range s.vars {
		values[v.obj] = v.v
	}
	for r := range s.runs { // goroutines that outlive their cell
		still = still && r.live.Load() == 0
	}
	s.mu.Unlock()
	f(func(o types.Object) reflect.Value {
		v := values[o]
		switch {
		case still:
			return v
		case v.Kind() == reflect.Pointer:
			p := atomic.LoadPointer((*unsafe.Pointer)(v.Addr().UnsafePointer()))
			return reflect.NewAt(v.Type().Elem(), p)
		}
		return reflect.Value{}
	}, still)
}
