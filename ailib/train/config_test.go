package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train"
)

func TestRunDirectory(t *testing.T) {
	storage := t.TempDir()
	make := func(r train.RunConfig) string {
		t.Helper()
		r.StoragePath = storage
		dir, err := r.Directory("xgboost")
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Fatal(err)
		}
		return filepath.Base(dir)
	}
	for i, c := range []struct {
		config train.RunConfig
		want   string
	}{
		{train.RunConfig{Name: "tips"}, "tips"},
		{train.RunConfig{Name: "tips"}, "tips_2"},
		{train.RunConfig{Name: "tips"}, "tips_3"},
		{train.RunConfig{Name: "tips", Reuse: true}, "tips"},
	} {
		if got := make(c.config); got != c.want {
			t.Errorf("run %d: %s, want %s", i, got, c.want)
		}
	}
	if got := make(train.RunConfig{}); !strings.HasPrefix(got, "xgboost_2") {
		t.Errorf("without a name: %s", got)
	}
	for _, name := range []string{"a/b", "..", `a\b`} {
		if _, err := (train.RunConfig{Name: name, StoragePath: storage}).Directory("x"); err == nil || !strings.Contains(err.Error(), "StoragePath") {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Setenv("HOME", t.TempDir())
	dir, err := train.RunConfig{Name: "n"}.Directory("x")
	if err != nil || !strings.HasSuffix(dir, filepath.Join("ray_results", "n")) {
		t.Errorf("%s %v", dir, err)
	}
}
