package tune_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
)

// climb reports its rate three times; one rate fails.
func climb(ctx context.Context, p tune.Params) error {
	for i := range 3 {
		if err := tune.Report(ctx, tune.Metrics{"score": p.Float("rate") * float64(i)}); err != nil {
			return err
		}
	}
	if p.Float("rate") == 3 {
		return errors.New("too steep")
	}
	return nil
}

// TestLoad: what Fit returned is read again from its files, and so is a search that was interrupted.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	grid, err := tune.Tuner{
		Trainable: climb, Space: tune.Space{"rate": tune.GridSearch(1.0, 2.0, 3.0), "fixed": 7},
		Config: tune.Config{Metric: "score", Mode: tune.Max}, Run: train.RunConfig{StoragePath: dir, Name: "hill"},
	}.Fit()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := tune.Load(grid.Path)
	if err != nil {
		t.Fatal(err)
	}
	want, got := grid.Table(), loaded.Table()
	if got.Best != want.Best || strings.Join(got.Columns, " ") != strings.Join(want.Columns, " ") || loaded.Len() != 3 || loaded.NumErrors() != 1 {
		t.Errorf("loaded\n%v\nwant\n%v", loaded, grid)
	}
	for i := range 3 {
		a, b := grid.At(i), loaded.At(i)
		if a.ID != b.ID || a.Status != b.Status || len(b.History) != 3 || a.Metrics["score"] != b.Metrics["score"] || a.Config.Float("rate") != b.Config.Float("rate") {
			t.Errorf("trial %d is %v, was %v", i, b, a)
		}
	}

	run := func(code int, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		if got := tune.Main(args, &out, &errs); got != code {
			t.Errorf("%v: %d, want %d\n%s", args, got, code, errs.String())
		}
		return out.String() + errs.String()
	}
	if text := run(0, "ls", dir); !strings.Contains(text, "hill") || !strings.Contains(text, "score") {
		t.Errorf("ls: %s", text)
	}
	if text := run(0, "ls", dir, "--json"); !strings.Contains(text, `"best": 4`) || !strings.Contains(text, `"ERROR": 1`) {
		t.Errorf("ls for programs: %s", text)
	}
	if text := run(0, "show", grid.Path); !strings.Contains(text, "best score = 4") || !strings.Contains(text, "too steep") {
		t.Errorf("show: %s", text)
	}
	if text := run(0, "show", grid.Path, "--json", "--metric", "score", "--mode", "min"); !strings.Contains(text, `"rate": 2`) {
		t.Errorf("show for programs: %s", text)
	}
	run(1, "show", dir)
	run(1, "ls", filepath.Join(dir, "none"))
	run(2, "show")
	run(2, "dance")

	// One that cannot be read does not hide the others.
	broken := filepath.Join(dir, "broken")
	if err := errors.Join(os.Mkdir(broken, 0o700), os.WriteFile(filepath.Join(broken, "experiment.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if text := run(0, "ls", dir); !strings.Contains(text, "hill") || !strings.Contains(text, broken) {
		t.Errorf("ls with a search that cannot be read: %s", text)
	}

	// Killed while it wrote.
	second := loaded.At(1).Path
	if err := os.Remove(filepath.Join(second, "status.json")); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(second, "result.json"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(`{"score": 1`)
	f.Close()
	if err := os.RemoveAll(loaded.At(2).Path); err != nil {
		t.Fatal(err)
	}
	loaded, err = tune.Load(grid.Path)
	if err != nil || loaded.At(1).Status != tune.Running || len(loaded.At(1).History) != 3 || loaded.At(2).Status != tune.Pending || loaded.At(2).ID != grid.At(2).ID {
		t.Errorf("%v\n%v", err, loaded)
	}
}
