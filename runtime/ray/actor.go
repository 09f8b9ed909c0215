package ray

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// ActorClass makes actors whose state is a T.
type ActorClass[T any] struct {
	class *Class
}

// Actor makes a class of a constructor: func([context.Context,] args…) (*T|T[, error]).
func Actor[T any](ctor any) ActorClass[T] {
	return ActorClass[T]{class: NewClass(ctor, reflect.TypeFor[T]())}
}

// Options returns a copy with the options changed.
func (c ActorClass[T]) Options(opts ...Option) ActorClass[T] {
	return ActorClass[T]{class: c.class.With(opts...)}
}

// Remote creates an actor and returns at once. When the constructor fails, calls fail with
// ErrActorDied and its error.
func (c ActorClass[T]) Remote(args ...any) ActorHandle[T] {
	return HandleOf[T](c.class.New(args...))
}

// String shows the constructor and where it is declared: "ActorClass[Counter](NewCounter in In[3])".
func (c ActorClass[T]) String() string {
	return "ActorClass[" + reflect.TypeFor[T]().String() + "](" + c.class.String() + ")"
}

// NewActor creates an actor with default options: Actor[T](ctor).Remote(args…).
func NewActor[T any](ctor any, args ...any) ActorHandle[T] {
	return HandleOf[T](NewClass(ctor, reflect.TypeFor[T]()).New(args...))
}

// ActorHandle refers to an actor. It may be given to tasks, also inside other values. The actor
// ends when no handle to it is left, unless it is detached.
type ActorHandle[T any] struct {
	actor *ActorRef
}

// HandleOf gives an untyped handle a type.
func HandleOf[T any](a *ActorRef) ActorHandle[T] { return ActorHandle[T]{actor: a} }

// Actor returns the untyped handle.
func (h ActorHandle[T]) Actor() *ActorRef { return h.actor }

// ID is the actor's id.
func (h ActorHandle[T]) ID() string { return h.Actor().ID() }

// String shows the type, the actor's name, if it has one, and the id:
// "ActorHandle[Counter](hits, 0000000000000001)".
func (h ActorHandle[T]) String() string {
	return "ActorHandle[" + reflect.TypeFor[T]().String() + "](" + h.Actor().String() + ")"
}

// Call submits a method of the actor and returns at once. The method is a method expression,
// (*Counter).Inc, or a name, "Inc". Calls of one caller run in their order.
func Call[R, T any](h ActorHandle[T], method any, args ...any) ObjectRef[R] {
	return RefOf[R](h.Actor().Call(reflect.TypeFor[T](), reflect.TypeFor[R](), method, args...))
}

// Kill ends the actor at once; it is not restarted. Its calls fail with ErrActorDied.
func Kill[T any](h ActorHandle[T]) error { return h.Actor().Kill() }

// GetActor finds a live actor by its name, in the session's namespace.
func GetActor[T any](name string) (ActorHandle[T], error) {
	a, err := FindActor(name, "")
	return HandleOf[T](a), err
}

// Class is an ActorClass without a static type.
type Class struct {
	ctor *Function
}

// NewClass makes a class of a constructor; state is the type of its result, or what it points to.
func NewClass(ctor any, state reflect.Type) *Class {
	f := newFunction(ctor, nil)
	f.options, f.forActor = new(core.DefaultActor()), true
	if f.err == nil {
		if r := f.signature.result; r == nil || (state != nil && r != state && r != reflect.PointerTo(state)) {
			f.err = invalidCall("%s returns %v, not *%v; give NewActor a constructor of %v", f.ref.Name, r, state, state)
		}
	}
	return &Class{ctor: f.wantNative(core.NativeActor)}
}

// String names the constructor and the place of its declaration.
func (c *Class) String() string {
	if c == nil {
		return "nil"
	}
	return c.ctor.String()
}

// With returns a copy with the options changed.
func (c *Class) With(opts ...Option) *Class { return &Class{ctor: c.ctor.With(opts...)} }

// New creates an actor; it is ActorClass.Remote without a type.
func (c *Class) New(args ...any) *ActorRef {
	s := currentSession()
	if s == nil {
		return notCreated(nil, notInitialized())
	}
	if c == nil {
		return notCreated(s, invalidCall("the actor class is the zero value; make it with ray.Actor"))
	}
	return c.made(s, func() (*core.TaskSpec, []*Ref, error) { return c.ctor.spec(s, core.ActorStart, args) })
}

// made creates the actor that spec describes.
func (c *Class) made(s *session, describe func() (*core.TaskSpec, []*Ref, error)) *ActorRef {
	a := &ActorRef{class: c.ctor.ref.Name, name: c.ctor.options.Name}
	spec, keep, err := describe()
	if err != nil {
		return notCreated(s, err)
	}
	if spec.Options.Namespace == "" {
		spec.Own().Namespace = s.namespace()
	}
	id, err := s.backend.CreateActor(spec)
	if err != nil {
		return notCreated(s, err)
	}
	keepAlive(keep)
	a.ref = newRef(s, id)
	return a
}

// notCreated is a handle that carries its error.
func notCreated(s *session, err error) *ActorRef { return &ActorRef{ref: errorRef(s, err), err: err} }

// ActorRef is a handle without a static type.
type ActorRef struct {
	ref         *Ref // the object of the constructor: the actor lives while it is referred to
	class, name string
	err         error         // why it was never created, or cannot be called
	options     *core.Options // of its calls; nil: callOptions
}

// ID is the actor's id; "nil" for a nil handle.
func (a *ActorRef) ID() string {
	if a == nil {
		return "nil"
	}
	return a.ref.ID()
}

// String shows the actor's name, if it has one, and the id.
func (a *ActorRef) String() string {
	if a == nil || a.name == "" {
		return a.ID()
	}
	return a.name + ", " + a.ID()
}

// Ready is a reference that is ready when the constructor has returned.
func (a *ActorRef) Ready() *Ref {
	if a == nil {
		return nil
	}
	return a.ref
}

// callOptions are those of all calls; the actor's decide.
var callOptions = core.DefaultActor()

// Call is ray.Call without a type; state is the actor's T, for checks, and result what the
// reference is read as. Both may be nil.
func (a *ActorRef) Call(state, result reflect.Type, method any, args ...any) *Ref {
	s := currentSession()
	if a == nil {
		return errorRef(s, invalidCall("Call of a nil handle; make the actor with ray.NewActor"))
	}
	if err := a.ref.check(); err != nil {
		return errorRef(s, err)
	}
	if a.err != nil {
		return errorRef(s, a.err)
	}
	spec := &core.TaskSpec{ID: s.backend.NewID(), Kind: core.ActorCall, Actor: a.ref.id, Options: or(a.options, &callOptions)}
	sig, err := a.method(s, spec, state, method)
	if err == nil {
		err = sig.checkResult(result)
	}
	if err != nil {
		return errorRef(s, err)
	}
	keep, err := sig.bind(s, spec, args)
	if err != nil {
		return errorRef(s, err)
	}
	defer runtime.KeepAlive(a)
	return s.submit(spec, keep)
}

// method finds out which method is meant, fills it into spec, and returns its signature without
// the receiver.
func (a *ActorRef) method(s *session, spec *core.TaskSpec, state reflect.Type, method any) (*signature, error) {
	if name, ok := method.(string); ok {
		sig, err := namedMethod(spec, state, name)
		return &sig, err
	}
	v := reflect.ValueOf(method)
	key := methodKey{state: state}
	if v.Kind() == reflect.Func && core.CurrentCode() == nil && marshal.InBinary(method) {
		// A function of the program: what is known of it stays true.
		key.fn = v.Pointer()
		if last := lastMethod.Load(); last != nil && last.methodKey == key { // it is often called in a loop
			spec.Method = last.signature.name
			return &last.signature, nil
		}
		if known, ok := knownMethods.Load(key); ok {
			last := known.(*knownMethod)
			lastMethod.Store(last)
			spec.Method = last.signature.name
			return &last.signature, nil
		}
	}
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, invalidCall("Call: the method is a %T; give a method expression such as (*Counter).Inc, or a name", method)
	}
	name, isCell := "", false
	if code := core.CurrentCode(); code != nil {
		name, isCell = code.MethodName(method)
	}
	if !isCell {
		name = compiledMethodName(v)
	}
	if strings.HasSuffix(name, "-fm") {
		return nil, invalidCall("Call: %s is bound to a value of this process; write the method expression, (*T).%s", strings.TrimSuffix(name, "-fm"), strings.TrimSuffix(name, "-fm"))
	}
	t := v.Type()
	if t.NumIn() == 0 || (state != nil && !receives(t.In(0), state)) {
		return nil, invalidCall("Call: %s is a %s, not a method of %v; give a method of %v", name, t, state, state)
	}
	sig, err := newSignature(name, t, 1)
	if err != nil {
		return nil, err
	}
	if _, ok := t.In(0).MethodByName(name); ok && name != "" {
		spec.Method = name
		if key.fn != 0 {
			knownMethods.Store(key, &knownMethod{key, sig})
		}
		return &sig, nil
	}
	return &sig, a.shipMethod(s, spec, method)
}

// knownMethods are the program's method expressions: methodKey → *knownMethod.
var knownMethods sync.Map

// lastMethod is the one that was called last.
var lastMethod atomic.Pointer[knownMethod]

type knownMethod struct {
	methodKey
	signature signature
}

type methodKey struct {
	fn    uintptr
	state reflect.Type
}

// shipMethod sends the function itself: an unexported method, or a literal that takes the state.
func (a *ActorRef) shipMethod(s *session, spec *core.TaskSpec, method any) error {
	ref, source, err := marshal.Function(method)
	if s.backend.Info().SharesMemory {
		spec.Func = &ref
		return nil
	}
	if err != nil {
		return invalidCall("Call: %v", err)
	}
	if ref.IsCell {
		if err := s.publish(ref.Hash, source); err != nil {
			return err
		}
	}
	spec.Func = &ref
	return nil
}

func namedMethod(spec *core.TaskSpec, state reflect.Type, name string) (signature, error) {
	spec.Method = name
	if state == nil {
		return signature{}, invalidCall("Call: method %q of an actor of unknown type; give a method expression", name)
	}
	receiver := state
	if state.Kind() != reflect.Interface && state.Kind() != reflect.Pointer {
		receiver = reflect.PointerTo(state)
	}
	m, ok := receiver.MethodByName(name)
	if !ok {
		return signature{}, invalidCall("Call: %s has no exported method %q; it has %s", receiver, name, methodNames(receiver))
	}
	if receiver.Kind() == reflect.Interface {
		return newSignature(name, m.Type, 0)
	}
	return newSignature(name, m.Type, 1)
}

func methodNames(t reflect.Type) string {
	var names []string
	for i := range t.NumMethod() {
		names = append(names, t.Method(i).Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// receives reports whether a first parameter can be the actor's state.
func receives(param, state reflect.Type) bool {
	return param == state || param == reflect.PointerTo(state) ||
		param.Kind() == reflect.Interface && reflect.PointerTo(state).Implements(param)
}

// compiledMethodName cuts "Inc" out of "main.(*Counter).Inc"; method values end in "-fm".
func compiledMethodName(v reflect.Value) string {
	f := runtime.FuncForPC(v.Pointer())
	if f == nil {
		return ""
	}
	name := f.Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// Kill ends the actor at once; it is not restarted.
func (a *ActorRef) Kill() error {
	if a == nil {
		return invalidCall("Kill of a nil handle; make the actor with ray.NewActor")
	}
	if err := a.ref.check(); err != nil {
		return err
	}
	defer runtime.KeepAlive(a)
	return a.ref.session.backend.Kill(a.ref.id, true)
}

// FindActor is GetActor without a type; namespace "" is the session's.
func FindActor(name, namespace string) (*ActorRef, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	info, err := s.backend.LookupActor(name, or(namespace, s.namespace()))
	switch {
	case errors.Is(err, core.ErrActorNotFound):
		return nil, &systemError{ErrActorNotFound, fmt.Sprintf("ray: no actor is named %q in namespace %q; check both", name, or(namespace, s.namespace()))}
	case err != nil:
		return nil, err
	}
	return &ActorRef{ref: newRef(s, info.ID), class: info.Class, name: info.Name}, nil
}
