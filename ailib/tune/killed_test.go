package tune_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train"
	"github.com/goray/goray/ailib/tune"
)

const killedStorage = "TUNE_TEST_STORAGE"

func killedSearch(work func(context.Context, tune.Params) error, storage string) tune.Tuner {
	return tune.Tuner{
		Trainable: work,
		Space:     tune.Space{"i": tune.GridSearch(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), "x": tune.Uniform(0, 1)},
		Config:    tune.Config{Metric: "score", Mode: tune.Min, MaxConcurrent: 1},
		Run:       train.RunConfig{Name: "killed", StoragePath: storage, Verbose: train.Quiet},
	}
}

// A program that is killed with -9 in its sixth trial; another one goes on.
func TestRestoreAfterKill(t *testing.T) {
	if storage := os.Getenv(killedStorage); storage != "" {
		_, err := killedSearch(func(ctx context.Context, p tune.Params) error {
			fmt.Printf("trial %d x=%v\n", p.Int("i"), p.Float("x"))
			if p.Int("i") == 5 {
				select {}
			}
			return tune.Report(ctx, tune.Metrics{"score": p.Float("x")})
		}, storage).Fit()
		t.Fatal("the search came to an end:", err)
	}
	storage := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRestoreAfterKill$")
	cmd.Env = append(os.Environ(), killedStorage+"="+storage)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	before := map[string]bool{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "trial ") {
			before[lines.Text()] = true
		}
		if strings.HasPrefix(lines.Text(), "trial 5 ") {
			break
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it reports the kill
	if len(before) != 6 {
		t.Fatalf("before the kill: %v", before)
	}

	var ran []int
	grid, err := killedSearch(func(ctx context.Context, p tune.Params) error {
		ran = append(ran, p.Int("i"))
		if p.Int("i") == 5 && !before[fmt.Sprintf("trial 5 x=%v", p.Float("x"))] {
			t.Errorf("trial 5 has other parameters: %v", p)
		}
		return tune.Report(ctx, tune.Metrics{"score": p.Float("x")})
	}, "").Restore(storage+"/killed", false)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ran); got != "[5 6 7 8 9]" {
		t.Errorf("ran again %s", got)
	}
	if grid.NumTerminated() != 10 {
		t.Errorf("%v", grid)
	}
	for _, r := range grid.All() {
		if r.Metrics["score"] != r.Config.Float("x") {
			t.Errorf("%v", r)
		}
	}
}
