package tune

import (
	"fmt"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
)

// Status is where a trial is.
type Status string

// The states of a trial.
const (
	Pending    Status = "PENDING"
	Running    Status = "RUNNING"
	Terminated Status = "TERMINATED" // it came to its end
	Stopped    Status = "STOPPED"    // the scheduler, a stopper or the time budget ended it
	Failed     Status = "ERROR"
)

// Result is what one trial came out with.
type Result struct {
	ID         string
	Config     Params    // all parameters, constants too
	Status     Status    //
	Metrics    Metrics   // of the last report
	History    []Metrics // of all reports
	Checkpoint *train.Checkpoint
	Error      error
	Path       string // the trial's directory
	Seconds    float64
}

// String names the trial with its parameters and last metrics.
func (r *Result) String() string {
	s := fmt.Sprintf("trial %s %s: %s", r.ID, r.Status, r.Config.Text())
	for _, name := range r.Metrics.Names() {
		s += fmt.Sprintf(" %s=%s", name, shortValue(r.Metrics[name]))
	}
	return s
}

// trial is a Result that is still being made. The experiment's lock guards it.
type trial struct {
	Result
	index    int
	started  time.Time
	deadline time.Time // end of the search's time budget; zero without one
	log      *trialLog
	keeper   *train.Keeper
	failure  error // of keeping its checkpoints
	reports  int   // of the function; for the keeper, outside of the lock
}

// keep copies the checkpoint of a report, if it has one, into the trial's
// directory, and returns the newest that is kept.
func (t *trial) keep(m Metrics, ev loop.Event) (*train.Checkpoint, error) {
	t.reports++
	if ev.Checkpoint == "" {
		return nil, nil
	}
	reported, err := train.FromDir(ev.Checkpoint)
	if err != nil {
		return nil, err
	}
	if _, err := t.keeper.Copy(reported, t.reports, m); err != nil {
		return nil, err
	}
	return t.keeper.Latest(), nil
}

func trialID(index int) string { return fmt.Sprintf("%05d", index) }

// Names of the metrics that the search adds to each report.
const (
	iterationMetric = "training_iteration"
	timeMetric      = "time_total_s"
)
