package tune_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/goray/goray/ailib/tune"
	"github.com/goray/goray/runtime/ray"
)

var minimise = tune.Config{Metric: "score", Mode: tune.Min}

func TestGridFindsTheMinimum(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			x, y := p.Float("x"), p.Float("y")
			return tune.Report(ctx, tune.Metrics{"score": x*x + y*y})
		},
		Space:  tune.Space{"x": tune.GridSearch(-2, -1, 0, 1, 2), "y": tune.GridSearch([]int{-2, -1, 0, 1, 2}), "fixed": "kept"},
		Config: minimise,
	})
	if grid.Len() != 25 || grid.NumTerminated() != 25 {
		t.Errorf("%d trials, %d terminated", grid.Len(), grid.NumTerminated())
	}
	best, err := grid.Best()
	if err != nil {
		t.Fatal(err)
	}
	if best.Config.Int("x") != 0 || best.Config.Int("y") != 0 || best.Metrics["score"] != 0 || best.Config.String("fixed") != "kept" {
		t.Errorf("best %v", best)
	}
	if c, err := grid.BestConfig(); err != nil || len(c) != 3 {
		t.Error(c, err)
	}
	if grid.Speedup() <= 0 {
		t.Error("no speedup is known")
	}
}

func TestResultForms(t *testing.T) {
	for name, f := range map[string]any{
		"metrics and error": func(_ context.Context, p tune.Params) (tune.Metrics, error) {
			return tune.Metrics{"score": p.Float("x")}, nil
		},
		"metrics":    func(p tune.Params) map[string]float64 { return map[string]float64{"score": p.Float("x")} },
		"a number":   func(p tune.Params) float64 { return p.Float("x") },
		"an integer": func(p map[string]any) int { return p["x"].(int) },
	} {
		grid := fit(t, tune.Tuner{Trainable: f, Space: tune.Space{"x": tune.GridSearch(3, 1, 2)}, Config: minimise})
		best, err := grid.Best()
		if err != nil || best.ID != "00001" || best.Metrics["score"] != 1 || len(best.History) != 1 {
			t.Errorf("%s: %v %v", name, best, err)
		}
	}
}

func TestSameSeedSameTrials(t *testing.T) {
	configs := func(concurrent int) string {
		grid := fit(t, tune.Tuner{
			Trainable: func(p tune.Params) float64 { return p.Float("a") },
			Space: tune.Space{
				"a": tune.Uniform(0, 1), "b": tune.RandInt(0, 100), "c": tune.Choice("u", "v"),
				"n": tune.Space{"d": tune.LogUniform(1e-3, 1)},
				"e": tune.SampleFrom(func(p tune.Params) any { return p.Float("a") + float64(p.Int("b")) }),
			},
			Config: tune.Config{Metric: "score", Mode: tune.Max, NumSamples: 12, MaxConcurrent: concurrent, Seed: 7},
		})
		var all []string
		for _, r := range grid.All() {
			if r.Config.Float("e") != r.Config.Float("a")+float64(r.Config.Int("b")) {
				t.Errorf("SampleFrom did not see the others: %v", r.Config.Text())
			}
			all = append(all, fmt.Sprint(map[string]any(r.Config)))
		}
		return strings.Join(all, "\n")
	}
	one, four := configs(1), configs(4)
	if one != four {
		t.Errorf("with one trial at a time\n%s\nwith four\n%s", one, four)
	}
}

func TestOneFailureLeavesTheOthers(t *testing.T) {
	own := errors.New("my own")
	grid := fit(t, tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			switch p.Int("x") {
			case 1:
				panic("boom")
			case 2:
				return own
			case 3:
				p.Float("absent")
			case 4:
				return tune.Report(ctx, tune.Metrics{"score": math.NaN()})
			}
			return tune.Report(ctx, tune.Metrics{"score": p.Float("x")})
		},
		Space:  tune.Space{"x": tune.GridSearch(0, 1, 2, 3, 4, 5)},
		Config: tune.Config{Metric: "score", Mode: tune.Min, MaxConcurrent: 1},
	})
	if grid.NumErrors() != 3 || grid.NumTerminated() != 3 {
		t.Errorf("%d errors, %d terminated", grid.NumErrors(), grid.NumTerminated())
	}
	for i, want := range map[int]string{1: "boom", 2: "my own", 3: `no parameter "absent"`} {
		if err := grid.At(i).Error; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("trial %d: %v, want %q", i, err, want)
		}
	}
	if !errors.Is(grid.At(2).Error, own) {
		t.Error("the trial's own error is lost")
	}
	if best, err := grid.Best(); err != nil || best.ID != "00000" {
		t.Errorf("best %v %v", best, err)
	}
	note := grid.Table().Note
	if !strings.Contains(note, "boom") || !strings.Contains(note, "2 more") {
		t.Errorf("note %q", note)
	}
}

func TestNoGoodTrial(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func() error { return errors.New("hopeless") },
		Config:    tune.Config{Metric: "score", Mode: tune.Min, NumSamples: 2},
	})
	if _, err := grid.Best(); err == nil || !strings.Contains(err.Error(), "hopeless") {
		t.Error(err)
	}
}

func TestFailFast(t *testing.T) {
	tuner := tune.Tuner{
		Trainable: func() error { return errors.New("hopeless") },
		Config:    tune.Config{Metric: "score", Mode: tune.Min, NumSamples: 5, MaxConcurrent: 1, FailFast: true},
		Run:       quiet(t),
	}
	grid, err := tuner.Fit()
	if err == nil || !strings.Contains(err.Error(), "hopeless") || grid.NumErrors() != 1 {
		t.Errorf("%v, %d errors", err, grid.NumErrors())
	}
}

func TestStoppingEndsTheWork(t *testing.T) {
	var epochs, past atomic.Int64
	work := func(ctx context.Context, p tune.Params) error {
		for i := range 100 {
			epochs.Add(1)
			if err := tune.Report(ctx, tune.Metrics{"score": p.Float("x") * float64(i)}); err != nil {
				if ctx.Err() == nil || !errors.Is(err, tune.ErrStopped) {
					past.Add(1)
				}
				return err
			}
		}
		return nil
	}
	space := tune.Space{"x": tune.GridSearch(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)}
	grid := fit(t, tune.Tuner{Trainable: work, Space: space, Config: tune.Config{
		Metric: "score", Mode: tune.Max, MaxConcurrent: 4, Scheduler: tune.ASHA{MaxT: 100, Grace: 2, Reduction: 4},
	}})
	if n := epochs.Load(); n > 16*100*45/100 {
		t.Errorf("ASHA ran %d epochs", n)
	}
	if past.Load() != 0 {
		t.Error("a context went on after the stop")
	}
	if best, err := grid.Best(); err != nil || best.ID != "00000" || len(best.History) != 100 {
		t.Errorf("best %v %v", best, err)
	}
	if grid.NumErrors() != 0 {
		t.Error(grid.Errors())
	}

	epochs.Store(0)
	grid = fit(t, tune.Tuner{Trainable: work, Space: space, Config: tune.Config{Stop: []tune.Stopper{tune.MaxIter(10)}}})
	if epochs.Load() != 160 || grid.At(3).Status != tune.Stopped || len(grid.At(3).History) != 10 {
		t.Errorf("MaxIter(10): %d epochs, %v", epochs.Load(), grid.At(3))
	}
}

func TestFiles(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			if p.Int("x") == 2 {
				return errors.New("no")
			}
			for i := range 3 {
				m := tune.Metrics{"score": float64(i)}
				if i == 2 {
					m["late"] = math.Inf(1)
				}
				if err := tune.Report(ctx, m); err != nil {
					return err
				}
			}
			return nil
		},
		Space: tune.Space{"x": tune.GridSearch(1, 2)}, Config: minimise,
	})
	dir := grid.At(0).Path
	var params map[string]any
	readFile(t, filepath.Join(dir, "params.json"), &params)
	if params["x"] != 1.0 {
		t.Errorf("params.json: %v", params)
	}
	f, err := os.Open(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := 0
	for s := bufio.NewScanner(f); s.Scan(); lines++ {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line["training_iteration"] != float64(lines+1) || line["trial_id"] != "00000" || line["score"] != float64(lines) {
			t.Errorf("line %d: %v", lines, line)
		}
	}
	if lines != 3 {
		t.Errorf("result.json has %d lines", lines)
	}
	table, err := os.ReadFile(filepath.Join(dir, "progress.csv"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(table))).ReadAll()
	if err != nil || len(records) != 4 || len(records[0]) != 4 || records[0][3] != "late" || records[3][3] != "+Inf" || records[1][3] != "" {
		t.Errorf("progress.csv: %v\n%s", err, table)
	}
	var about map[string]any
	readFile(t, filepath.Join(grid.Path, "experiment.json"), &about)
	if about["seed"] == nil || about["trials"] != 2.0 {
		t.Errorf("experiment.json: %v", about)
	}
	if b, err := os.ReadFile(filepath.Join(grid.At(1).Path, "error.txt")); err != nil || !strings.Contains(string(b), "no") {
		t.Errorf("error.txt: %s %v", b, err)
	}
}

func readFile(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestMistakes(t *testing.T) {
	fine := func(ctx context.Context) error { return tune.Report(ctx, tune.Metrics{"loss": 1, "acc": 2}) }
	for want, tuner := range map[string]tune.Tuner{
		"Trainable is nil":          {},
		"int is not a function":     {Trainable: 3},
		"takes a int, but is given": {Trainable: func(int) error { return nil }},
		"Mode is empty":             {Trainable: fine, Config: tune.Config{Metric: "loss"}},
		`Mode is "best"`:            {Trainable: fine, Config: tune.Config{Metric: "loss", Mode: "best"}},
		"decides by a metric":       {Trainable: fine, Config: tune.Config{Scheduler: tune.ASHA{}}},
		"cannot be negative":        {Trainable: fine, Config: tune.Config{NumSamples: -1}},
		"the cluster has 4":         {Trainable: fine, Config: tune.Config{Resources: map[string]float64{"CPU": 8}}},
		"lower bound is not less":   {Trainable: fine, Space: tune.Space{"x": tune.Uniform(1, 0)}},
		`they report [acc loss]`:    {Trainable: fine, Config: tune.Config{Metric: "lost", Mode: tune.Min, NumSamples: 3, MaxConcurrent: 1}},
		"SampleFrom panicked":       {Trainable: fine, Space: tune.Space{"x": tune.SampleFrom(func(p tune.Params) any { return p.Float("no") })}},
		"not a directory's name":    {Trainable: fine},
		"at least 2":                {Trainable: fine, Config: tune.Config{Metric: "loss", Mode: tune.Min, Scheduler: tune.ASHA{Reduction: 1}}},
	} {
		tuner.Run = quiet(t)
		if want == "not a directory's name" {
			tuner.Run.Name = "a/b"
		}
		if _, err := tuner.Fit(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
	if err := tune.Report(context.Background(), tune.Metrics{"a": 1}); err == nil || !strings.Contains(err.Error(), "outside a trial") {
		t.Error(err)
	}
}

func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	tuner := tune.Tuner{
		Trainable: func(ctx context.Context, p tune.Params) error {
			if err := tune.Report(ctx, tune.Metrics{"score": 1}); err != nil {
				return err
			}
			cancel()
			<-ctx.Done()
			return ctx.Err()
		},
		Config: tune.Config{Metric: "score", Mode: tune.Min, NumSamples: 3, MaxConcurrent: 1},
		Run:    quiet(t),
	}
	grid, err := tuner.FitContext(ctx)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("%v", err)
	}
	if grid.Len() != 3 || grid.At(2).Status != tune.Pending {
		t.Errorf("%v", grid.At(2))
	}
}

// Without a context, a search obeys the interrupt of the notebook's cell.
func TestCellInterrupt(t *testing.T) {
	cell, interrupt := context.WithCancel(context.Background())
	ray.SetCellContext(func() context.Context { return cell })
	defer ray.SetCellContext(nil)
	_, err := tune.Tuner{
		Trainable: func(ctx context.Context) error {
			interrupt()
			<-ctx.Done()
			return ctx.Err()
		},
		Config: minimise, Run: quiet(t),
	}.Fit()
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestShows(t *testing.T) {
	grid := fit(t, tune.Tuner{
		Trainable: func(p tune.Params) float64 { return p.Float("lr") },
		Space:     tune.Space{"lr": tune.LogUniform(1e-4, 1), "kind": tune.Choice("a", "b"), "epochs": 3},
		Config:    tune.Config{Metric: "score", Mode: tune.Min, NumSamples: 4, Seed: 3},
	})
	bundle := grid.MIMEBundle()
	text, page := fmt.Sprint(bundle["text/plain"]), fmt.Sprint(bundle["text/html"])
	for _, want := range []string{"4 trials: 4 terminated", "★", "lr", "kind", "TERMINATED", "best score"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "epochs") {
		t.Error("a constant is in the table")
	}
	for _, want := range []string{"<table", "<svg"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestNotInitialized(t *testing.T) {
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 4}); err != nil {
			t.Fatal(err)
		}
	}()
	_, err := tune.Tuner{Trainable: func() error { return nil }, Run: quiet(t)}.Fit()
	if !errors.Is(err, ray.ErrNotInitialized) {
		t.Error(err)
	}
}
