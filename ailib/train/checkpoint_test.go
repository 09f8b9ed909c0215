package train_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train"
)

func write(t *testing.T, dir string, round int) *train.Checkpoint {
	t.Helper()
	c, err := train.WriteCheckpoint(dir, train.Metadata{
		Kind: "test", Round: round, Metrics: train.Metrics{"loss": 0.5, "bad": math.NaN(), "worse": math.Inf(-1)}, Features: []string{"a", "b"},
	}, map[string][]byte{"model.bin": []byte("weights"), "deep/er.txt": []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheckpointRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "checkpoint_000004")
	write(t, dir, 5)
	c, err := train.FromDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := c.Metadata()
	if c.Kind() != "test" || m.Round != 5 || m.Metrics["loss"] != 0.5 || !math.IsNaN(m.Metrics["bad"]) || !math.IsInf(m.Metrics["worse"], -1) || len(m.Features) != 2 {
		t.Errorf("metadata %+v", m)
	}
	if b, err := c.Read("model.bin"); err != nil || string(b) != "weights" {
		t.Errorf("%q %v", b, err)
	}
	if _, err := c.Read("other"); err == nil || !strings.Contains(err.Error(), "deep/er.txt, model.bin") {
		t.Error(err)
	}
	copied, err := c.ToDir(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := copied.Read("deep/er.txt"); err != nil || string(b) != "x" || !copied.Metadata().Created.Equal(m.Created) {
		t.Errorf("copy: %q %v", b, err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("beside the checkpoint: %v %v", left, err)
	}
}

func TestDamagedCheckpoints(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"one byte changed": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "model.bin"), []byte("Weights"), 0o644) }, "is damaged: the checksum of model.bin"},
		"a file is gone":   {func(dir string) error { return os.Remove(filepath.Join(dir, "model.bin")) }, "is incomplete"},
		"no metadata":      {func(dir string) error { return os.Remove(filepath.Join(dir, "metadata.json")) }, "is not a checkpoint"},
		"half metadata": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "metadata.json"), []byte(`{"format"`), 0o644)
		}, "metadata.json is damaged"},
		"another format": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "metadata.json"), []byte(`{}`), 0o644) }, `has format ""`},
		"a file outside": {func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "metadata.json"), []byte(`{"format":"goray-checkpoint","version":1,"files":[{"name":"../x"}]}`), 0o644)
		}, "outside itself"},
	} {
		t.Run(name, func(t *testing.T) {
			run := t.TempDir()
			write(t, filepath.Join(run, "checkpoint_000000"), 1)
			dir := filepath.Join(run, "checkpoint_000001")
			write(t, dir, 2)
			if err := c.damage(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := train.FromDir(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v\n  want an error with %q", err, c.want)
			}
			latest, err := train.Latest(run)
			if err != nil || latest.Metadata().Round != 1 {
				t.Errorf("the one before should be used: %v %v", latest, err)
			}
		})
	}
}

func TestCheckpointMistakes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	write(t, dir, 1)
	for want, err := range map[string]error{
		"exists; choose another":         second(train.WriteCheckpoint(dir, train.Metadata{}, nil)),
		"cannot be a file":               second(train.WriteCheckpoint(dir+"2", train.Metadata{}, map[string][]byte{"../x": nil})),
		"plain name other than metadata": second(train.WriteCheckpoint(dir+"2", train.Metadata{}, map[string][]byte{"metadata.json": nil})),
		"is not a checkpoint":            second(train.FromDir(t.TempDir())),
		"holds no checkpoint":            second(train.Latest(t.TempDir())),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\n  want an error with %q", err, want)
		}
	}
	if _, err := os.Stat(dir + "2"); err == nil {
		t.Error("a refused checkpoint was written")
	}
}

func second[T any](_ T, err error) error { return err }

func TestCheckpointShows(t *testing.T) {
	c := write(t, filepath.Join(t.TempDir(), "c"), 3)
	bundle := c.MIMEBundle()
	text, _ := bundle["text/plain"].(string)
	for _, want := range []string{"rounds", "features", "a, b", "loss", "model.bin", "7 bytes", c.Path()[:20]} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
}
