package native

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fifty is a function of fifty lines; %d differs each time, so that it has to be compiled.
const fifty = `type sample struct {
	name   string
	weight float64
	values []float64
}

func (s sample) mean() float64 {
	if len(s.values) == 0 {
		return 0
	}
	t := 0.0
	for _, v := range s.values {
		t += v
	}
	return t / float64(len(s.values))
}

func spread(l []float64) float64 {
	if len(l) == 0 {
		return 0
	}
	low, high := l[0], l[0]
	for _, v := range l[1:] {
		low, high = min(low, v), max(high, v)
	}
	return high - low
}

func summary(n int) (map[string]float64, error) {
	if n < 1 {
		return nil, fmt.Errorf("summary of %%d samples", n)
	}
	r := rand.New(rand.NewPCG(%d, uint64(n)))
	out := map[string]float64{}
	for i := range n {
		s := sample{name: "s" + strconv.Itoa(i), weight: r.Float64()}
		for range 10 {
			s.values = append(s.values, r.NormFloat64())
		}
		sort.Float64s(s.values)
		out[s.name] = s.weight * s.mean() / (1 + spread(s.values))
	}
	keys := slices.Sorted(maps.Keys(out))
	out["first"] = out[keys[0]]
	return out, nil
}
`

// BenchmarkFirstNative takes the time from the definition of a function of fifty lines to the end of
// its first native call. The session is warm: it has compiled another function before.
func BenchmarkFirstNative(b *testing.B) {
	s := open(b)
	define := func() {
		s.run(fmt.Sprintf(fifty, time.Now().UnixNano()))
		s.run("first := ray.Must(ray.Get(ray.Remote[map[string]float64](summary).Options(ray.Native).Remote(3)))")
	}
	define()
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		define()
		all = append(all, time.Since(start))
	}
	report(b, all)
}

// work are functions of about a millisecond and more, for the comparison with the same Go compiled
// into this program.
const work = `func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
func pi(n int) int { r := rand.New(rand.NewPCG(1, 2)); in := 0; for range n { x, y := r.Float64(), r.Float64(); if x*x+y*y < 1 { in++ } }; return in }
func words(n int) int { m := map[string]int{}; for i := range n { m[strconv.Itoa(i%1000)]++ }; return len(m) }`

// BenchmarkCalls times calls in each tier: ns/op is the native one.
func BenchmarkCalls(b *testing.B) {
	s := open(b)
	s.run(work)
	for _, c := range []struct {
		call string
		own  func()
	}{
		{"fib(30)", func() { fib(30) }},
		{"pi(1000000)", func() { pi(1000000) }},
		{"words(200000)", func() { words(200000) }},
	} {
		name, arg, _ := strings.Cut(strings.TrimSuffix(c.call, ")"), "(")
		best := func(option string, n int) float64 {
			v, err := strconv.ParseFloat(s.run(fmt.Sprintf("func() float64 { f := ray.Remote[int](%s).Options(ray.%s); _ = ray.Must(ray.Get(f.Remote(%s))); best := math.Inf(1); for range %d { t := time.Now(); _ = ray.Must(ray.Get(f.Remote(%s))); best = min(best, time.Since(t).Seconds()) }; return best }()", name, option, arg, n, arg)), 64)
			if err != nil {
				b.Fatal(err)
			}
			return v
		}
		b.Run(c.call, func(b *testing.B) {
			for b.Loop() {
				native, interpreted := best("Native", 20), best("Interpreted", 3)
				compiled := 1e9
				for range 20 {
					t := time.Now()
					c.own()
					compiled = min(compiled, time.Since(t).Seconds())
				}
				b.ReportMetric(native*1e3, "ms-native")
				b.ReportMetric(interpreted*1e3, "ms-interpreted")
				b.ReportMetric(compiled*1e3, "ms-compiled")
				b.ReportMetric(native/compiled, "native/compiled")
				b.ReportMetric(interpreted/native, "interpreted/native")
			}
		})
	}
}

func report(b *testing.B, all []time.Duration) {
	sorted := append([]time.Duration(nil), all...)
	for i := range sorted {
		for k := i; k > 0 && sorted[k] < sorted[k-1]; k-- {
			sorted[k], sorted[k-1] = sorted[k-1], sorted[k]
		}
	}
	b.ReportMetric(float64(sorted[len(sorted)/2].Milliseconds()), "ms-median")
	b.ReportMetric(float64(sorted[0].Milliseconds()), "ms-min")
}
