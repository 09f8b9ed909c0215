package tune

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/train/loop"
)

// Names of the files that a search writes.
const (
	experimentFile = "experiment.json"
	paramsFile     = "params.json"
	resultFile     = "result.json"
	progressFile   = "progress.csv"
	errorFile      = "error.txt"
	statusFile     = "status.json" // written last: it says that the trial is done
)

// open creates the search's directory and says in it what is searched.
func (e *experiment) open(run train.RunConfig) error {
	dir, err := run.Directory("tune")
	if err != nil {
		return err
	}
	e.dir = dir
	about := aboutSearch{
		Created: time.Now().UTC().Truncate(time.Second), Seed: e.seed, Trials: len(e.trials), Metric: e.config.Metric, Mode: e.config.Mode,
		Space: e.space.describe(), Scheduler: strings.TrimPrefix(fmt.Sprintf("%#v", e.config.Scheduler), "tune."),
	}
	if err := writeJSON(filepath.Join(dir, experimentFile), about); err != nil {
		return err
	}
	e.place()
	return nil
}

// aboutSearch is the content of experiment.json: what Restore needs to draw
// the same trials again.
type aboutSearch struct {
	Created   time.Time         `json:"created"`
	Seed      int64             `json:"seed"`
	Trials    int               `json:"trials"`
	Metric    string            `json:"metric"`
	Mode      Mode              `json:"mode"`
	Space     map[string]string `json:"space"`
	Scheduler string            `json:"scheduler"`
}

// place gives each trial its directory.
func (e *experiment) place() {
	for _, t := range e.trials {
		t.log = &trialLog{dir: filepath.Join(e.dir, "trial_"+t.ID)}
		t.Path = t.log.dir
		t.keeper = &train.Keeper{Dir: t.Path, Config: e.checkpoints}
	}
}

// describe writes the space as text, a line per name.
func (s *space) describe() map[string]string {
	out := map[string]string{}
	for _, name := range s.names {
		if d, ok := s.domains[name]; ok {
			out[name] = d.String()
		} else {
			out[name] = fmt.Sprint(s.fixed[name])
		}
	}
	return out
}

// writeJSON writes a file that appears complete or not at all.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("tune: %s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path+".partial", append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("tune: %w; choose another RunConfig.StoragePath", err)
	}
	if err := os.Rename(path+".partial", path); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}

// trialLog writes the files of one trial: params.json, and a line per report
// in result.json and progress.csv.
type trialLog struct {
	dir     string
	result  *os.File
	table   *os.File
	columns []string // of progress.csv
	rows    []Metrics
}

func (l *trialLog) parent() string { return filepath.Dir(l.dir) }
func (l *trialLog) name() string   { return filepath.Base(l.dir) }

func (l *trialLog) start(p Params) error {
	// What an attempt before left must not mix with this one.
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	if err := writeJSON(filepath.Join(l.dir, paramsFile), encodable(p)); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(l.dir, resultFile))
	if err != nil {
		return fmt.Errorf("tune: %w; choose another RunConfig.StoragePath", err)
	}
	l.result = f
	return nil
}

// encodable replaces parameters that JSON has no form for, such as functions,
// by their text.
func encodable(p Params) map[string]any {
	out := make(map[string]any, len(p))
	for name, v := range p {
		if _, err := json.Marshal(v); err != nil {
			v = fmt.Sprint(v)
		}
		out[name] = v
	}
	return out
}

func (l *trialLog) report(id string, m Metrics, ev loop.Event, p Params) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	line := map[string]any{}
	if err := json.Unmarshal(raw, &line); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	line["trial_id"], line["config"], line["timestamp"] = id, encodable(p), time.Now().Unix()
	if ev.PID != 0 {
		line["pid"], line["node"] = ev.PID, ev.Node
	}
	if raw, err = json.Marshal(line); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	if _, err := l.result.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return l.progress(m)
}

// progress adds a line to progress.csv. A metric that was not there before
// adds a column, for which the file is written anew.
func (l *trialLog) progress(m Metrics) error {
	l.rows = append(l.rows, m)
	fresh := false
	for _, name := range m.Names() {
		known := false
		for _, c := range l.columns {
			known = known || c == name
		}
		if !known {
			l.columns, fresh = append(l.columns, name), true
		}
	}
	rows := l.rows[len(l.rows)-1:]
	if fresh {
		if l.table != nil {
			if err := l.table.Close(); err != nil {
				return fmt.Errorf("tune: %w", err)
			}
		}
		f, err := os.Create(filepath.Join(l.dir, progressFile))
		if err != nil {
			return fmt.Errorf("tune: %w", err)
		}
		l.table, rows = f, l.rows
	}
	w := csv.NewWriter(l.table)
	if fresh {
		_ = w.Write(l.columns) // the writer keeps the error
	}
	for _, r := range rows {
		record := make([]string, len(l.columns))
		for i, c := range l.columns {
			if v, ok := r[c]; ok {
				record[i] = strconv.FormatFloat(v, 'g', -1, 64)
			}
		}
		_ = w.Write(record)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}

// trialStatus is the content of status.json.
type trialStatus struct {
	Status  Status  `json:"status"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// finish closes the files. Unless the trial was interrupted, it is done.
func (l *trialLog) finish(r *Result, interrupted bool) error {
	var errs []error
	if r.Error != nil {
		errs = append(errs, os.WriteFile(filepath.Join(l.dir, errorFile), []byte(r.Error.Error()+"\n"), 0o644))
	}
	for _, f := range []*os.File{l.result, l.table} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	l.result, l.table = nil, nil
	if !interrupted {
		s := trialStatus{Status: r.Status, Seconds: r.Seconds}
		if r.Error != nil {
			s.Error = r.Error.Error()
		}
		errs = append(errs, writeJSON(filepath.Join(l.dir, statusFile), s))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}
