package xgboost_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/ailib/train/xgboost"
)

// member is what one member of a group came out with.
type member struct {
	rank, size int
	scores     []xgboost.Score
	model      []byte
	err        error
}

// trainGroup trains in n threads of this process, each with its share of the
// rows, which is what n processes do on n machines.
func trainGroup(t *testing.T, data table, n, rounds int) []member {
	t.Helper()
	tracker := must[*xgboost.Tracker](t)(xgboost.NewTracker(xgboost.TrackerOptions{Workers: n, Timeout: 30 * time.Second}))
	defer tracker.Close()
	out := make([]member, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			thread := xgboost.NewThread()
			defer thread.Close()
			out[i].err = thread.Do(func() error {
				m, err := xgboost.Join(tracker.Args(), i, 30*time.Second)
				if err != nil {
					return err
				}
				out[i].rank, out[i].size = m.Rank, m.Size
				part, valid := data.rows(t, 455*i/n, 455*(i+1)/n), data.rows(t, 455+114*i/n, 455+114*(i+1)/n)
				b, err := xgboost.NewBooster(params("hist"), part, valid)
				if err != nil {
					return err
				}
				defer b.Close()
				for round := range rounds {
					if err := b.Update(round, part); err != nil {
						return errors.Join(err, m.Leave())
					}
					out[i].scores, err = b.Eval(round, xgboost.EvalSet{Name: "train", Data: part}, xgboost.EvalSet{Name: "valid", Data: valid})
					if err != nil {
						return errors.Join(err, m.Leave())
					}
				}
				if out[i].model, err = b.Save(xgboost.JSON); err != nil {
					return err
				}
				return m.Leave()
			})
		})
	}
	group.Wait()
	return out
}

func TestGroupTrainsOneModel(t *testing.T) {
	needLibrary(t)
	data := breastCancer(t)
	for _, n := range []int{2, 3} {
		members := trainGroup(t, data, n, 20)
		for i, m := range members {
			if m.err != nil {
				t.Fatalf("member %d of %d: %v", i, n, m.err)
			}
			if m.rank != i || m.size != n {
				t.Errorf("member %d is rank %d of %d", i, m.rank, m.size)
			}
			if string(m.model) != string(members[0].model) {
				t.Errorf("member %d of %d has another model than member 0", i, n)
			}
		}
		// The cuts of a distributed sketch differ slightly, so the scores are
		// near those of one process (0.0173 and 0.0832), not equal.
		for _, s := range members[0].scores {
			if s.Name == "train-logloss" && math.Abs(s.Value-0.0173) > 0.004 {
				t.Errorf("%d members: %v", n, s)
			}
			if s.Name == "valid-logloss" && s.Value > 0.14 {
				t.Errorf("%d members: %v", n, s)
			}
		}
	}
}

func TestTrackerMistakes(t *testing.T) {
	if _, err := xgboost.Join("nonsense", 0, time.Second); err == nil || !strings.Contains(err.Error(), "Tracker.Args") {
		t.Errorf("nonsense: %v", err)
	}
	needLibrary(t)
	if _, err := xgboost.NewTracker(xgboost.TrackerOptions{}); err == nil || !strings.Contains(err.Error(), "at least one") {
		t.Errorf("no workers: %v", err)
	}
}

func TestThread(t *testing.T) {
	thread := xgboost.NewThread()
	defer thread.Close()
	if err := thread.Do(func() error { panic("boom") }); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("panic: %v", err)
	}
	if err := thread.Do(func() error { return nil }); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}
