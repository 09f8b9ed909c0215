package tune

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/viz"
)

// Main is "goray tune ls|show": it tells of searches from the files that they
// have written, and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	c := command.New("tune", "ls [DIR] | show SEARCH [--metric M --mode min|max]",
		"Tell of searches: ls lists those in a directory (default: ~/ray_results), show has the trials of one.", stdout, stderr)
	metric := c.String("metric", "", "what show marks the best trial by (default: the search's own)")
	mode := c.String("mode", "", "min or max, of that metric (default: the search's own)")
	asJSON := c.Bool("json", false, "for programs")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 2) {
		return command.Wrong
	}
	var err error
	switch {
	case c.Rest[0] == "ls":
		err = list(append(c.Rest, "")[1], *asJSON, stdout, stderr)
	case c.Rest[0] != "show":
		return c.Refuse("there is no %q; use ls or show", c.Rest[0])
	case len(c.Rest) < 2:
		return c.Refuse("show which search? goray tune ls names them")
	case *mode != "" && *mode != string(Min) && *mode != string(Max):
		return c.Refuse("--mode %s; use min or max", *mode)
	default:
		err = show(c.Rest[1], *metric, Mode(*mode), *asJSON, stdout)
	}
	if err != nil {
		return c.Fail(err)
	}
	return command.Done
}

// found is a search of a list.
type found struct {
	Path    string         `json:"path"`
	Created time.Time      `json:"created"`
	Trials  int            `json:"trials"`
	States  map[Status]int `json:"states"`
	Metric  string         `json:"metric,omitempty"`
	Best    *float64       `json:"best"`
}

// list writes the searches of a directory. One that cannot be read is complained about, and the others
// are listed.
func list(dir string, asJSON bool, out, complaints io.Writer) error {
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("no home directory for ~/ray_results: %w; name a directory", err)
		}
		dir = filepath.Join(home, "ray_results")
	}
	if _, err := os.ReadDir(dir); err != nil {
		return fmt.Errorf("%w; name the StoragePath of searches", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", experimentFile))
	if err != nil {
		return err
	}
	searches := []found{}
	for _, file := range files {
		s, err := summary(file)
		if err != nil {
			fmt.Fprintln(complaints, "goray tune:", err)
			continue
		}
		searches = append(searches, s)
	}
	slices.SortFunc(searches, func(a, b found) int { return b.Created.Compare(a.Created) })
	if asJSON {
		return encode(out, searches)
	}
	var rows [][]any
	for _, s := range searches {
		row := []any{filepath.Base(s.Path), s.Created.Local().Format(time.DateTime), s.Trials, s.States[Terminated] + s.States[Stopped], s.States[Failed], s.Metric, nil}
		if s.Best != nil {
			row[6] = *s.Best
		}
		rows = append(rows, row)
	}
	t := viz.NewTable([]string{"search", "created", "trials", "done", "failed", "metric", "best"}, rows)
	t.Title = fmt.Sprintf("%d searches in %s, the newest first", len(rows), dir)
	_, err = fmt.Fprint(out, t.Text(100))
	return err
}

// summary is what a list says of the search with this file.
func summary(file string) (s found, err error) {
	path := filepath.Dir(file)
	g, err := Load(path)
	if err != nil {
		return s, err
	}
	var about aboutSearch
	if err := readJSON(file, &about); err != nil {
		return s, err
	}
	s = found{Path: path, Created: about.Created, Trials: g.Len(), States: map[Status]int{}, Metric: about.Metric}
	for _, r := range g.results {
		s.States[r.Status]++
	}
	if i := g.best(about.Metric, about.Mode); i >= 0 {
		v := g.results[i].Metrics[about.Metric]
		s.Best = &v
	}
	return s, nil
}

// shown is a trial as programs read it.
type shown struct {
	ID      string  `json:"trial"`
	Status  Status  `json:"status"`
	Config  Params  `json:"config"`
	Metrics Metrics `json:"metrics"`
	Reports int     `json:"reports"`
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
	Path    string  `json:"path"`
}

func show(path, metric string, mode Mode, asJSON bool, out io.Writer) error {
	g, err := Load(path)
	if err != nil {
		return err
	}
	if metric != "" {
		g.config.Metric = metric
	}
	if mode != "" {
		g.config.Mode = mode
	}
	if metric != "" && g.config.Mode == "" {
		return fmt.Errorf("the search has no mode; say --mode min or --mode max")
	}
	if !asJSON {
		_, err := fmt.Fprint(out, g.Table().Text(100))
		return err
	}
	trials := []shown{}
	for _, r := range g.results {
		s := shown{ID: r.ID, Status: r.Status, Config: r.Config, Metrics: r.Metrics, Reports: len(r.History), Seconds: r.Seconds, Path: r.Path}
		if r.Error != nil {
			s.Error = r.Error.Error()
		}
		trials = append(trials, s)
	}
	return encode(out, trials)
}

func encode(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
