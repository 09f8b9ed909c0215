package tune

import "fmt"

// Decision says what becomes of a trial after a report.
type Decision int

// The decisions of a [Policy] and of stoppers.
const (
	Continue Decision = iota
	Stop
)

// Event is one report of one trial, as schedulers and stoppers see it.
type Event struct {
	Trial     string             // the trial's id
	Iteration int                // 1 for the trial's first report
	Seconds   float64            // since the trial started
	Score     float64            // the metric turned so that more is better; NaN is worst
	Metrics   map[string]float64 // all that was reported
}

// Scheduler decides which trials are worth going on with. It holds settings
// only; each Fit asks it for a fresh Policy.
type Scheduler interface {
	Policy() (Policy, error)
}

// Policy is a scheduler at work. Decide is called for every report of every
// trial, never twice at once.
type Policy interface {
	Decide(Event) Decision
}

// FIFO runs every trial to its end, in the order of submission.
type FIFO struct{}

// Policy implements [Scheduler].
func (FIFO) Policy() (Policy, error) { return goOn{}, nil }

type goOn struct{}

func (goOn) Decide(Event) Decision { return Continue }

// MaxIter stops every trial at its n-th report.
type MaxIter int

// ShouldStop implements [Stopper].
func (n MaxIter) ShouldStop(e Event) bool { return e.Iteration >= int(n) }

// Threshold stops a trial as soon as a metric reaches a value: from below, or
// with Below from above.
type Threshold struct {
	Metric string
	Value  float64
	Below  bool
}

// ShouldStop implements [Stopper].
func (t Threshold) ShouldStop(e Event) bool {
	v, ok := e.Metrics[t.Metric]
	if t.Below {
		return ok && v <= t.Value
	}
	return ok && v >= t.Value
}

// StopFunc makes a [Stopper] of a function.
type StopFunc func(Event) bool

// ShouldStop implements [Stopper].
func (f StopFunc) ShouldStop(e Event) bool { return f(e) }

// Stopper ends a trial when it has done enough. Stoppers see every report
// after the scheduler has; any one of them suffices to stop.
type Stopper interface {
	ShouldStop(Event) bool
}

func (d Decision) String() string {
	switch d {
	case Continue:
		return "continue"
	case Stop:
		return "stop"
	}
	return fmt.Sprintf("Decision(%d)", int(d))
}
