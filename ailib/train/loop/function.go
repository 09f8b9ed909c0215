package loop

import (
	"context"
	"fmt"
	"reflect"
)

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	metricsType = reflect.TypeFor[map[string]float64]()
)

// Check reports whether fn can be run: func([context.Context][, config])
// [(result)][, error]. config is the type of the argument, or nil where none
// will be given.
func Check(fn any, config reflect.Type) error {
	t := reflect.TypeOf(fn)
	if t == nil || t.Kind() != reflect.Func {
		return fmt.Errorf("%T is not a function", fn)
	}
	if reflect.ValueOf(fn).IsNil() {
		return fmt.Errorf("the function is nil")
	}
	if t.IsVariadic() {
		return fmt.Errorf("%v takes a variable number of arguments; give it one argument", t)
	}
	i := 0
	if i < t.NumIn() && t.In(i) == contextType {
		i++
	}
	if i < t.NumIn() {
		switch {
		case config == nil:
			return fmt.Errorf("%v takes a %v, but no configuration is given", t, t.In(i))
		case !config.ConvertibleTo(t.In(i)) || config.Kind() != t.In(i).Kind() && t.In(i).Kind() != reflect.Interface:
			return fmt.Errorf("%v takes a %v, but is given a %v", t, t.In(i), config)
		}
		i++
	}
	if i < t.NumIn() {
		return fmt.Errorf("%v takes too many arguments; it can take a context.Context and one argument", t)
	}
	out := t.NumOut()
	if out > 0 && t.Out(out-1) == errorType {
		out--
	}
	if out > 1 {
		return fmt.Errorf("%v returns too many results; it can return one and an error", t)
	}
	return nil
}

// call runs fn, which Check has found good for the type of config.
func call(ctx context.Context, fn reflect.Value, config any) (Outcome, error) {
	t := fn.Type()
	var in []reflect.Value
	for i := range t.NumIn() {
		want := t.In(i)
		switch {
		case want == contextType:
			in = append(in, reflect.ValueOf(ctx))
		case config == nil:
			in = append(in, reflect.Zero(want))
		default:
			in = append(in, reflect.ValueOf(config).Convert(want))
		}
	}
	out := fn.Call(in)
	var err error
	if n := len(out); n > 0 && t.Out(n-1) == errorType {
		err, _ = out[n-1].Interface().(error)
		out = out[:n-1]
	}
	if len(out) == 0 {
		return Outcome{}, err
	}
	return outcome(out[0]), err
}

func outcome(v reflect.Value) Outcome {
	switch {
	case v.Type().ConvertibleTo(metricsType):
		m, _ := v.Convert(metricsType).Interface().(map[string]float64)
		return Outcome{Kind: Metrics, Metrics: m}
	case v.CanFloat():
		return Outcome{Kind: Score, Score: v.Float()}
	case v.CanInt():
		return Outcome{Kind: Score, Score: float64(v.Int()), Value: v.Interface()}
	}
	return Outcome{Kind: Value, Value: v.Interface()}
}
