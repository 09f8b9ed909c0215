package typed

import (
	"fmt"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// BenchmarkDebugged says how much slower cells run while a debugger is attached that stops nothing,
// what attaching costs the next call of every function of a session, and that nothing is left of it
// afterwards.
func BenchmarkDebugged(b *testing.B) {
	programs := []struct{ name, declare, run string }{
		{"calls", "func fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}", "fib(22)"},
		{"floats", "func floats(n int) float64 {\n\ts := 0.0\n\tfor i := 0; i < n; i++ {\n\t\ts += float64(i) * 0.5\n\t}\n\treturn s\n}", "floats(1000000)"},
		{"maps", "func count(n int) int {\n\tm := map[int]int{}\n\tfor i := range n {\n\t\tm[i%1000]++\n\t}\n\treturn len(m)\n}", "count(300000)"},
	}
	for _, p := range programs {
		b.Run(p.name, func(b *testing.B) {
			s := newSession(b, engine.Config{})
			do(b, s, 1, p.declare)
			n := 1
			measure := func() time.Duration {
				best := time.Duration(1 << 62)
				for range 3 {
					n++
					start := time.Now()
					do(b, s, n, p.run)
					best = min(best, time.Since(start))
				}
				return best
			}
			for b.Loop() {
				plain := measure()
				d, err := s.Debug(func(engine.DebugEvent) {})
				if err != nil {
					b.Fatal(err)
				}
				attached := measure()
				d.Close()
				after := measure()
				b.ReportMetric(float64(attached)/float64(plain), "debugged/plain")
				b.ReportMetric(float64(after)/float64(plain), "afterwards/plain")
			}
		})
	}
	b.Run("attach", func(b *testing.B) {
		s := newSession(b, engine.Config{})
		const cells = 200
		all := "0"
		for i := range cells {
			do(b, s, i+1, fmt.Sprintf("func f%d(n int) int {\n\tfor i := range n {\n\t\tif i > %d {\n\t\t\treturn i\n\t\t}\n\t}\n\treturn n\n}", i, i))
			all += fmt.Sprintf(" + f%d(3)", i)
		}
		do(b, s, cells+1, all)
		for b.Loop() {
			start := time.Now()
			d, err := s.Debug(func(engine.DebugEvent) {})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(start).Microseconds()), "µs/attach")
			start = time.Now()
			do(b, s, cells+2, all)
			b.ReportMetric(float64(time.Since(start).Microseconds())/cells, "µs/function")
			d.Close()
		}
	})
}
