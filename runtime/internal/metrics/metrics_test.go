package metrics_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/goray/goray/runtime/internal/metrics"
)

var (
	hits  = metrics.Desc{Kind: metrics.Counter, Name: "hits", Keys: []string{"route"}}
	level = metrics.Desc{Kind: metrics.Gauge, Name: "level"}
	times = metrics.Desc{Kind: metrics.Histogram, Name: "times", Bounds: []float64{1, 10}}
)

func record(t *testing.T, d *metrics.Desc, v float64, values ...string) {
	t.Helper()
	if err := metrics.Record(d, values, v); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if err := metrics.WriteText(&b, metrics.Families(metrics.Snapshot())); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestProcessesAreSummed(t *testing.T) {
	defer metrics.Reset()
	record(t, &hits, 1, "/a")
	record(t, &level, 5)
	record(t, &times, 1) // a boundary belongs to its bucket
	list := metrics.Snapshot()
	metrics.Merge(42, list)
	metrics.Merge(43, list)
	got := text(t)
	for _, want := range []string{`ray_hits_total{route="/a"} 3`, "ray_level 5", `ray_level{WorkerId="42"} 5`, `ray_level{WorkerId="43"} 5`, `ray_times_bucket{le="1"} 3`, "ray_times_sum 3"} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	metrics.Forget(42)
	if got := text(t); strings.Contains(got, `"42"`) || !strings.Contains(got, `ray_hits_total{route="/a"} 3`) {
		t.Errorf("after the end of 42:\n%s", got)
	}
}

// TestSender takes what is recorded by many goroutines, some of which it refuses at first.
func TestSender(t *testing.T) {
	defer metrics.Reset()
	defer metrics.SetSender(nil)
	var mu sync.Mutex
	refused, sum := false, 0.0
	metrics.SetSender(func(list []metrics.Series) error {
		mu.Lock()
		defer mu.Unlock()
		if !refused {
			refused = true
			return errors.New("not now")
		}
		for _, s := range list {
			sum += s.Value
		}
		return nil
	})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				record(t, &hits, 1, "/a")
			}
			metrics.Flush()
		})
	}
	all.Wait()
	metrics.Flush()
	mu.Lock()
	defer mu.Unlock()
	if sum != 8000 {
		t.Error(sum)
	}
}

func TestRefused(t *testing.T) {
	defer metrics.Reset()
	for _, d := range []metrics.Desc{
		{Kind: metrics.Counter, Name: "2x"}, {Kind: metrics.Counter, Name: ""}, {Kind: metrics.Counter, Name: "a:b"},
		{Kind: metrics.Counter, Name: "a", Keys: []string{"__x"}}, {Kind: metrics.Counter, Name: "a", Keys: []string{"x", "x"}},
		{Kind: metrics.Histogram, Name: "a"}, {Kind: metrics.Histogram, Name: "a", Bounds: []float64{2, 1}}, {Kind: metrics.Histogram, Name: "a", Bounds: []float64{0}},
		{Kind: metrics.Histogram, Name: "a", Bounds: []float64{1, math.Inf(1)}},
		{Kind: metrics.Histogram, Name: "a", Keys: []string{"le"}, Bounds: []float64{1}}, {Kind: metrics.Gauge, Name: "a", Keys: []string{"WorkerId"}},
	} {
		if err := metrics.Register(&d); err == nil {
			t.Errorf("%+v was taken", d)
		}
	}
	record(t, &hits, 1, "/a")
	if err := metrics.Register(&metrics.Desc{Kind: metrics.Gauge, Name: "hits"}); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Error(err)
	}
	if err := metrics.Record(&hits, []string{"/a"}, -1); err == nil {
		t.Error("a counter went down")
	}
	for _, d := range []metrics.Desc{hits, {Kind: metrics.Gauge, Name: "level"}, times} {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if err := metrics.Record(&d, make([]string, len(d.Keys)), v); err == nil || !strings.Contains(err.Error(), "finite") {
				t.Errorf("%s recorded %g: %v", d.Name, v, err)
			}
		}
		for range 2 {
			if err := metrics.Record(&d, make([]string, len(d.Keys)), math.MaxFloat64); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := json.Marshal(metrics.Snapshot()); err != nil {
		t.Errorf("what was recorded cannot travel: %v", err)
	}
	for _, tags := range []map[string]string{{}, {"route": "/", "colour": "red"}} {
		if _, err := hits.Order(tags); err == nil {
			t.Errorf("%v was taken", tags)
		}
	}
	var err error
	for i := 0; err == nil && i <= metrics.MaxSeries; i++ {
		err = metrics.Record(&hits, []string{fmt.Sprint(i)}, 1)
	}
	if err == nil || !strings.Contains(err.Error(), "few values") {
		t.Errorf("%v: series without end", err)
	}
}

func BenchmarkRecord(b *testing.B) {
	defer metrics.Reset()
	values := []string{"/a"}
	for b.Loop() {
		_ = metrics.Record(&hits, values, 1)
	}
}

// TestSharedName: of two metrics that Prometheus would know by one name, the second is refused.
func TestSharedName(t *testing.T) {
	for _, pair := range [][2]metrics.Desc{
		{{Kind: metrics.Counter, Name: "x"}, {Kind: metrics.Counter, Name: "x_total"}},
		{{Kind: metrics.Counter, Name: "x_total"}, {Kind: metrics.Counter, Name: "x"}},
		{{Kind: metrics.Gauge, Name: "x_total"}, {Kind: metrics.Counter, Name: "x"}},
	} {
		if err := metrics.Register(&pair[0]); err != nil {
			t.Fatal(err)
		}
		if err := metrics.Register(&pair[1]); err == nil || !strings.Contains(err.Error(), "ray_x_total") || !strings.Contains(err.Error(), pair[0].Name) {
			t.Errorf("%s %s after %s %s: %v", pair[1].Kind, pair[1].Name, pair[0].Kind, pair[0].Name, err)
		}
		if err := metrics.Record(&pair[1], nil, 1); err == nil {
			t.Errorf("%s %s was recorded", pair[1].Kind, pair[1].Name)
		}
		metrics.Reset()
	}
}
