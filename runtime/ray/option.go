package ray

import (
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
)

// Option changes how a task or an actor runs: NumCPUs(2), MaxRetries(5) ….
type Option struct {
	apply func(*core.Options) error
}

func resource(name string, amount float64) Option {
	return Option{func(o *core.Options) error {
		o.Resources = o.Resources.Clone()
		if o.Resources[name] = amount; amount == 0 {
			delete(o.Resources, name)
		}
		return core.Resources{name: amount}.Check()
	}}
}

// NumCPUs asks for n logical CPUs; fractions are allowed. Default: 1 for tasks, 0 for actors.
func NumCPUs(n float64) Option { return resource(core.CPU, n) }

// NumGPUs asks for n GPUs: a fraction of one, or a whole number. Default: 0.
func NumGPUs(n float64) Option { return resource(core.GPU, n) }

// Memory reserves bytes of memory for scheduling; it is not a limit. Default: 0.
func Memory(bytes int64) Option { return resource(core.Memory, float64(bytes)) }

// Resource asks for an amount of a custom resource of Config.Resources.
func Resource(name string, amount float64) Option { return resource(name, amount) }

// MaxRetries sets how often a task is run again after a system failure; -1 is without limit.
// Default: 3.
func MaxRetries(n int) Option {
	return count("MaxRetries", n, func(o *core.Options) { o.MaxRetries = n })
}

// RetryExceptions runs a task again, within MaxRetries, when its function returns one of the
// errors (by errors.Is); without arguments, when it returns any error or panics.
func RetryExceptions(errs ...error) Option {
	return Option{func(o *core.Options) error {
		o.RetryAll = len(errs) == 0
		o.RetryErrors = nil
		for _, err := range errs {
			if err == nil {
				return errors.New("RetryExceptions: an error is nil; name the errors to retry")
			}
			o.RetryErrors = append(o.RetryErrors, core.ErrorKey(err))
		}
		return nil
	}}
}

// Name names an actor, for GetActor; for a task it is what people see.
func Name(name string) Option {
	return Option{func(o *core.Options) error { o.Name = name; return nil }}
}

// Namespace separates the names of actors. Default: Config.Namespace.
func Namespace(namespace string) Option {
	return Option{func(o *core.Options) error { o.Namespace = namespace; return nil }}
}

// MaxRestarts sets how often an actor is started again when its process ends; -1 is without
// limit. The constructor runs again: state is new. Default: 0.
func MaxRestarts(n int) Option {
	return count("MaxRestarts", n, func(o *core.Options) { o.MaxRestarts = n })
}

// MaxTaskRetries sets how often a call is repeated when its actor restarted meanwhile; -1 is
// without limit. Default: 0, such calls fail with ErrActorUnavailable.
func MaxTaskRetries(n int) Option {
	return count("MaxTaskRetries", n, func(o *core.Options) { o.MaxTaskRetries = n })
}

// MaxConcurrency sets how many calls an actor runs at the same time. Above 1 its methods run in
// parallel goroutines and must protect their state. Default: 1.
func MaxConcurrency(n int) Option {
	return Option{func(o *core.Options) error {
		if n < 1 {
			return fmt.Errorf("MaxConcurrency is %d; use a number ≥ 1", n)
		}
		o.MaxConcurrency = n
		return nil
	}}
}

// MaxPendingCalls sets how many calls of an actor may be unfinished: a further one is not queued,
// and its reference carries ErrPendingCallsLimit. Default: 0, no limit.
func MaxPendingCalls(n int) Option {
	return Option{func(o *core.Options) error {
		if n < -1 {
			return fmt.Errorf("MaxPendingCalls is %d; use a number ≥ 1, or 0 for no limit", n)
		}
		o.MaxPendingCalls = max(n, 0)
		return nil
	}}
}

// LifetimeKind says when an actor ends.
type LifetimeKind string

// Detached actors end with the session or with Kill, not with their last handle.
const Detached LifetimeKind = "detached"

// Lifetime sets when an actor ends. Default: with its last handle.
func Lifetime(kind LifetimeKind) Option {
	return Option{func(o *core.Options) error {
		if kind != Detached && kind != "" {
			return fmt.Errorf("Lifetime is %q; use ray.Detached", kind)
		}
		o.Detached = kind == Detached
		return nil
	}}
}

// GetIfExists makes the creation of a named actor return the one that exists.
func GetIfExists() Option {
	return Option{func(o *core.Options) error { o.GetIfExists = true; return nil }}
}

func count(name string, n int, set func(*core.Options)) Option {
	return Option{func(o *core.Options) error {
		if n < -1 {
			return fmt.Errorf("%s is %d; use a number ≥ 0, or -1 for no limit", name, n)
		}
		set(o)
		return nil
	}}
}

func applyOptions(o *core.Options, opts []Option) error {
	for _, opt := range opts {
		if opt.apply == nil {
			continue
		}
		if err := opt.apply(o); err != nil {
			return err
		}
	}
	return checkStrategy(o)
}
