package tune

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/goray/goray/ailib/train"
)

// Restore goes on with the search in the directory path, which was
// interrupted, or whose program was killed: trials that are done are read from
// their files, all others run from their beginning. The directory may have been
// moved. The tuner must have the space that the search was started with;
// its trainable may be a new version. With restartErrored, failed trials run
// again too.
func (t Tuner) Restore(path string, restartErrored bool) (*ResultGrid, error) {
	return t.RestoreContext(nil, path, restartErrored)
}

// RestoreContext is Restore that obeys ctx.
func (t Tuner) RestoreContext(ctx context.Context, path string, restartErrored bool) (*ResultGrid, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("tune: restore: %w", err)
	}
	var about aboutSearch
	if err := readJSON(filepath.Join(dir, experimentFile), &about); err != nil {
		return nil, fmt.Errorf("tune: restore: %s is no directory of a search: %w; give ResultGrid.Path", dir, err)
	}
	e, width, err := t.plan(about.Seed)
	if err != nil {
		return nil, err
	}
	if now := e.space.describe(); !maps.Equal(now, about.Space) {
		return nil, fmt.Errorf("tune: restore: the search in %s has the space %v, the tuner has %v; give the same space", dir, about.Space, now)
	}
	if len(e.trials) < about.Trials {
		return nil, fmt.Errorf("tune: restore: the search in %s has %d trials, the tuner %d; give the same NumSamples, or more", dir, about.Trials, len(e.trials))
	}
	e.dir = dir
	e.place()
	if err := e.kind.prepare(ctx, e.trials[0].Config); err != nil {
		return nil, err
	}
	for _, trial := range e.trials {
		if err := e.recall(trial, restartErrored); err != nil {
			return nil, err
		}
	}
	return e.run(ctx, width)
}

// recall reads a trial that is done and shows its reports to the scheduler,
// which thereby knows what it knew.
func (e *experiment) recall(t *trial, restartErrored bool) error {
	var s trialStatus
	err := readJSON(filepath.Join(t.Path, statusFile), &s)
	if errors.Is(err, os.ErrNotExist) || err == nil && s.Status == Failed && restartErrored {
		return nil // it runs from its beginning
	}
	if err != nil {
		return fmt.Errorf("tune: restore: trial %s: %w; remove %s to have it run again", t.ID, err, t.Path)
	}
	history, err := historyOf(t.Path)
	if err != nil {
		return fmt.Errorf("tune: restore: trial %s: %w; remove %s to have it run again", t.ID, err, t.Path)
	}
	for _, m := range history {
		t.Metrics, t.History = m, append(t.History, m)
		event := Event{Trial: t.ID, Iteration: len(t.History), Seconds: m[timeMetric], Metrics: m}
		if e.config.Metric != "" {
			event.Score = e.config.score(m)
		}
		e.policy.Decide(event)
	}
	t.Status, t.Seconds = s.Status, s.Seconds
	if s.Error != "" {
		t.Error = errors.New(s.Error)
	}
	if c, err := train.Latest(t.Path); err == nil { // many trials have none
		t.Checkpoint = c
	}
	e.seen = e.seen || len(t.History) > 0
	return nil
}

// historyOf reads what a trial has reported, up to the first line that is damaged.
func historyOf(dir string) (history []Metrics, err error) {
	f, err := os.Open(filepath.Join(dir, resultFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		m, err := metricsOf(lines.Bytes())
		if err != nil {
			return history, fmt.Errorf("%s: %w", resultFile, err)
		}
		history = append(history, m)
	}
	return history, lines.Err()
}

// metricsOf takes the metrics out of a line of result.json.
func metricsOf(line []byte) (Metrics, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(line, &all); err != nil {
		return nil, err
	}
	for _, name := range []string{"trial_id", "config", "timestamp", "pid", "node"} {
		delete(all, name)
	}
	numbers, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	var m Metrics
	return m, json.Unmarshal(numbers, &m)
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
