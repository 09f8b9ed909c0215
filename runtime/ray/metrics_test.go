package ray_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

var served = ray.Must(ray.NewCounter("served", "Requests that were served.", "route"))

// meter is an actor that counts.
type meter struct {
	Busy  *ray.Gauge
	Sizes *ray.Histogram
}

func newMeter(busy *ray.Gauge, sizes *ray.Histogram) *meter { return &meter{busy, sizes} }

func (m *meter) Serve(size float64) (int, error) {
	return os.Getpid(), errors.Join(m.Busy.Set(size), m.Sizes.Observe(size), served.Inc(1, ray.Tags{"route": "/actor"}))
}

func serveOne(c *ray.Counter) error { return c.Inc(2) }

// settled waits until the session has what the list says: workers send it within half a second.
func settled(t *testing.T, done func(*ray.MetricList) bool) *ray.MetricList {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		list, err := ray.ListMetrics()
		if err != nil {
			t.Fatal(err)
		}
		if done(list) {
			return list
		}
		select {
		case <-limit:
			t.Fatalf("not within 20 s:\n%s", list)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func recorded(l *ray.MetricList, name string) (sum float64) {
	for _, m := range l.Items {
		if m.Name == name {
			sum += m.Value
		}
	}
	return sum
}

func TestMetricsOfTasksAndActors(t *testing.T) {
	both(t, func(t *testing.T) {
		// Captured by the function's arguments, it travels with its default tags.
		mine := served.WithDefaultTags(ray.Tags{"route": "/task"})
		var refs []ray.ObjectRef[any]
		for range 20 {
			refs = append(refs, ray.Remote[any](serveOne).Remote(mine))
		}
		for _, r := range refs {
			if _, err := ray.Get(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := served.Inc(1, ray.Tags{"route": "/driver"}); err != nil {
			t.Fatal(err)
		}
		sizes := ray.Must(ray.NewHistogram("sizes", "", []float64{1, 10}))
		a := ray.NewActor[meter](newMeter, ray.Must(ray.NewGauge("busy", "")), sizes)
		pid := ray.Must(ray.Get(ray.Call[int](a, (*meter).Serve, 5.0)))
		list := settled(t, func(l *ray.MetricList) bool { return recorded(l, "served") == 42 && recorded(l, "sizes") == 5 })
		for _, want := range []string{"route=/task", "route=/actor", "route=/driver", "histogram"} {
			if !strings.Contains(list.String(), want) {
				t.Errorf("no %s in\n%s", want, list)
			}
		}
		if pid == os.Getpid() {
			return // tasks run in this process: so does the gauge
		}
		one := ray.Must(ray.ListMetrics(ray.Filter("worker_pid", "=", fmt.Sprint(pid))))
		if len(one.Items) != 1 || one.Items[0].Value != 5 {
			t.Errorf("the actor's gauge:\n%s", one)
		}
		if err := ray.Kill(a); err != nil {
			t.Fatal(err)
		}
		settled(t, func(l *ray.MetricList) bool { return recorded(l, "busy") == 0 && recorded(l, "served") == 42 })
	})
}

func TestMetricsRefuse(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	if _, err := ray.NewCounter("no-such-name", ""); !errors.Is(err, ray.ErrInvalidCall) {
		t.Error(err)
	}
	for _, err := range []error{served.Inc(0), served.Inc(1), served.Inc(1, ray.Tags{"route": "/", "x": "y"})} {
		if !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
	}
}

func ExampleNewCounter() {
	off := false
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, LogToDriver: &off}))
	defer ray.Shutdown()
	words := ray.Must(ray.NewCounter("words", "Words that were counted.", "language"))
	_ = words.Inc(3, ray.Tags{"language": "en"}) // a task's or an actor's are added
	for _, m := range ray.Must(ray.ListMetrics()).Items {
		fmt.Println(m.Name, m.Tags["language"], m.Value)
	}
	// Output: words en 3
}
