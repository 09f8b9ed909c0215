package loop

// Spec is what a run needs to know. It travels to the worker.
type Spec struct {
	Config any // the function's argument, where it takes one

	Name            string // of the trial or the training
	Rank, WorldSize int    // place among the workers; 0 of 1 when alone
	Start           string // directory of the checkpoint to start from, or ""
	Extra           any    // what else the package in charge hands to its functions
}

// Event is one report, or the end of the function.
type Event struct {
	End        bool // the function has returned; Run tells how
	Metrics    map[string]float64
	Iteration  int     // 1 for the first report
	Seconds    float64 // since the function started
	Unix       int64   // time of the report
	Checkpoint string  // directory with the reported checkpoint, or ""
	PID        int     // of the worker
	Node       string
}

// Reply is the driver's answer to an event.
type Reply struct {
	Stop bool // the function shall end now
}

// Outcome is what the function returned, apart from its error.
type Outcome struct {
	Value   any                // of a function that returns something else than metrics
	Metrics map[string]float64 // of a function that returns metrics
	Score   float64            // of a function that returns one number
	Kind    OutcomeKind
}

// Result returns the function's result, whatever its kind, and nil without one.
func (o Outcome) Result() any {
	switch o.Kind {
	case Metrics:
		return o.Metrics
	case Score:
		if o.Value != nil {
			return o.Value
		}
		return o.Score
	}
	return o.Value
}

// OutcomeKind tells which field of an [Outcome] counts.
type OutcomeKind int

// The kinds of outcome.
const (
	None    OutcomeKind = iota // the function has no result besides its error
	Value                      // Value is its result
	Metrics                    // Metrics is its result
	Score                      // Score is its result
)
