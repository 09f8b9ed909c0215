package ray_test

import (
	"io"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

const (
	// telemetryPairs is how often a session with telemetry and one without follow each other, and
	// telemetryTime how long each of them works. The machine's other work comes and goes: what is
	// compared must lie side by side, and the median of several counts.
	telemetryPairs = 7
	telemetryTime  = 2 * time.Second
	// scrapeEvery is how often the metrics are read: Prometheus does so every 15 s or more.
	scrapeEvery = time.Second
)

// BenchmarkTelemetry compares tasks that do nothing with the dashboard, its time series, and somebody who
// reads the metrics every second, and without all that. cpu-% and time-% are what that costs more, of
// processor time (with the workers') and of time. Run it with a high priority where others work, too:
//
//	nice -n -15 go test -run '^$' -bench Telemetry -benchtime 1x ./runtime/ray
func BenchmarkTelemetry(b *testing.B) {
	for b.Loop() {
		var cpu, wall []float64
		for i := range telemetryPairs {
			var cost [2]taskCost
			for k := range 2 {
				on := (i + k) % 2 // which of both is the first changes
				cost[on] = costOfTasks(b, on == 1)
			}
			cpu = append(cpu, 100*(cost[1].cpu/cost[0].cpu-1))
			wall = append(wall, 100*(cost[1].wall/cost[0].wall-1))
		}
		slices.Sort(cpu)
		slices.Sort(wall)
		b.ReportMetric(cpu[telemetryPairs/2], "cpu-%")
		b.ReportMetric(wall[telemetryPairs/2], "time-%")
	}
}

// taskCost is what a task takes, in seconds.
type taskCost struct{ cpu, wall float64 }

func costOfTasks(b *testing.B, telemetry bool) taskCost {
	b.Helper()
	port := -1
	if telemetry {
		port = 0
	}
	before := processorTime(b)
	info := ray.Must(ray.Init(ray.Config{NumCPUs: 2, DashboardPort: port}))
	ended, scraped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(scraped)
		tick := time.NewTicker(scrapeEvery)
		defer tick.Stop()
		for telemetry {
			select {
			case <-tick.C:
			case <-ended:
				return
			}
			if r, err := http.Get(info.DashboardURL + "/metrics"); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				r.Body.Close()
			}
		}
	}()
	f := ray.Remote[any](nothing)
	refs := make([]ray.ObjectRef[any], 10_000)
	tasks, start := 0, time.Now()
	for time.Since(start) < telemetryTime {
		for i := range refs {
			refs[i] = f.Remote()
		}
		ray.Must(ray.GetAll(refs))
		tasks += len(refs)
	}
	wall := time.Since(start).Seconds()
	close(ended)
	<-scraped
	http.DefaultClient.CloseIdleConnections()
	if err := ray.Shutdown(); err != nil { // the workers' time is known when they have ended
		b.Fatal(err)
	}
	return taskCost{(processorTime(b) - before) / float64(tasks), wall / float64(tasks)}
}

// processorTime is what this process and its children that have ended have used, in seconds.
func processorTime(b *testing.B) (seconds float64) {
	b.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		seconds += float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	return seconds
}
