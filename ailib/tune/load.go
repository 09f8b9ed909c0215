package tune

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/ailib/train"
)

// Load reads the results of a search from its directory, also of one that still
// runs or was interrupted: trials that are not done are Running, or Pending
// where they have not begun. Nothing runs. Parameters that have no form in JSON
// are texts.
func Load(path string) (*ResultGrid, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("tune: load: %w", err)
	}
	var about aboutSearch
	if err := readJSON(filepath.Join(dir, experimentFile), &about); err != nil {
		return nil, fmt.Errorf("tune: load: %s is no directory of a search: %w; give ResultGrid.Path", dir, err)
	}
	g := &ResultGrid{Path: dir, config: Config{Metric: about.Metric, Mode: about.Mode}}
	begun, err := filepath.Glob(filepath.Join(dir, "trial_*")) // sorted, which is the order of the trials
	if err != nil {
		return nil, fmt.Errorf("tune: load: %w", err)
	}
	last := about.Created
	for _, path := range begun {
		r, ended, err := loadTrial(path)
		if err != nil {
			return nil, fmt.Errorf("tune: load: trial %s: %w", r.ID, err)
		}
		if ended.After(last) {
			last = ended
		}
		g.results = append(g.results, r)
	}
	for i := len(begun); i < about.Trials; i++ {
		g.results = append(g.results, &Result{ID: fmt.Sprintf("%05d", i), Status: Pending})
	}
	g.wall, g.space = last.Sub(about.Created), loadedSpace(about.Space, g.results)
	return g, nil
}

// loadTrial reads one trial; ended is when it was done.
func loadTrial(dir string) (r *Result, ended time.Time, err error) {
	r = &Result{ID: strings.TrimPrefix(filepath.Base(dir), "trial_"), Path: dir, Status: Running}
	if err := readJSON(filepath.Join(dir, paramsFile), &r.Config); err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, ended, err
	}
	var s trialStatus
	switch err := readJSON(filepath.Join(dir, statusFile), &s); {
	case err == nil:
		r.Status, r.Seconds = s.Status, s.Seconds
		if s.Error != "" {
			r.Error = errors.New(s.Error)
		}
		if info, err := os.Stat(filepath.Join(dir, statusFile)); err == nil {
			ended = info.ModTime()
		}
	case !errors.Is(err, os.ErrNotExist):
		return r, ended, err
	}
	r.History, err = historyOf(dir)
	if err != nil && r.Status != Running { // a line that is being written
		return r, ended, err
	}
	if n := len(r.History); n > 0 {
		r.Metrics = r.History[n-1]
		if r.Status == Running {
			r.Seconds = r.Metrics[timeMetric]
		}
	}
	if c, err := train.Latest(dir); err == nil { // many trials have none
		r.Checkpoint = c
	}
	return r, ended, nil
}

// loadedSpace tells what was searched: the parameters whose values are not the
// text that the space has for them.
func loadedSpace(texts map[string]string, results []*Result) *space {
	s := &space{domains: map[string]Domain{}, fixed: Params{}}
	for name, text := range texts {
		s.names = append(s.names, name)
		for _, r := range results {
			if v, known := r.Config[name]; known && fmt.Sprint(v) != text {
				s.domains[name] = Domain{}
			}
		}
	}
	slices.Sort(s.names)
	return s
}
