package microbenchmark

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"time"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/ray"
)

// rounds is how often a row is measured, as with Ray.
const rounds = 4

// Result is a row that was measured.
type Result struct {
	Name  string  `json:"perf_metric_name"`
	Mean  float64 `json:"perf_metric_value"` // per second
	Sigma float64 `json:"perf_metric_stddev"`
}

// Main is "goray microbenchmark": it measures in a session of its own, and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	c := command.New("microbenchmark", "[FLAGS]", "Measure tasks, actors and objects, under the names of ray microbenchmark's rows.", stdout, stderr)
	seconds := c.Float64("seconds", 2, "how long each of four rounds of a row takes at least")
	pattern := c.String("run", os.Getenv("TESTS_TO_RUN"), "a regular expression that chooses rows (default: TESTS_TO_RUN, or all)")
	asJSON := c.Bool("json", false, "for programs")
	list := c.Bool("list", false, "name the rows")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray microbenchmark --help", c.Rest[0])
	}
	chosen, err := regexp.Compile(*pattern)
	if err != nil {
		return c.Refuse("--run %s is no regular expression: %v", *pattern, err)
	}
	if !(*seconds > 0) {
		return c.Refuse("--seconds %g; use a number > 0", *seconds)
	}
	if *list {
		for _, r := range rows() {
			fmt.Fprintln(stdout, r.name)
		}
		return 0
	}
	if _, err := ray.Init(ray.Config{Address: "local", Resources: map[string]float64{"custom": 100}, DashboardPort: -1}); err != nil {
		return c.Fail(err)
	}
	defer ray.Shutdown()
	code := 0
	results := []Result{}
	for _, r := range rows() {
		if !chosen.MatchString(r.name) {
			continue
		}
		result, err := measure(r, time.Duration(*seconds*float64(time.Second)))
		if err != nil {
			fmt.Fprintf(stderr, "goray microbenchmark: %s: %v\n", r.name, err)
			code = 1
			continue
		}
		if results = append(results, result); !*asJSON {
			fmt.Fprintf(stdout, "%s per second %.2f +- %.2f\n", r.name, result.Mean, result.Sigma)
		}
	}
	if *asJSON {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(results); err != nil {
			return c.Fail(err)
		}
	}
	return code
}

// measure runs a row: once for nothing, and then in rounds.
func measure(r row, lasts time.Duration) (Result, error) {
	run, err := r.prepare()
	if err == nil {
		err = run()
	}
	if err != nil {
		return Result{}, err
	}
	var rates []float64
	for range rounds {
		begin, n := time.Now(), 0
		for time.Since(begin) < lasts {
			if err := run(); err != nil {
				return Result{}, err
			}
			n++
		}
		rates = append(rates, float64(n)*r.many/time.Since(begin).Seconds())
	}
	mean, sigma := 0.0, 0.0
	for _, x := range rates {
		mean += x / rounds
	}
	for _, x := range rates {
		sigma += (x - mean) * (x - mean) / rounds
	}
	return Result{r.name, mean, math.Sqrt(sigma)}, nil
}
