package typed

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// cells of the benchmark of a long session.
const longSession = 1000

// BenchmarkThousandCells runs a session of a thousand cells. Its metrics are how much slower the last
// cells are than the first, by medians of twenty, and what a cell keeps of the memory.
func BenchmarkThousandCells(b *testing.B) {
	for b.Loop() {
		s := newSession(b, engine.Config{})
		do(b, s, 1, "x := 1\nfunc f(n int) int { return n + 1 }")
		took := make([]time.Duration, longSession)
		before := live()
		for i := range took {
			start := time.Now()
			do(b, s, i+2, fmt.Sprintf("y%d := f(x)\nx = y%[1]d\nx + 1", i%50))
			took[i] = time.Since(start)
		}
		kept := float64(live()-before) / longSession
		first, last := median(took[10:30]), median(took[longSession-20:])
		b.ReportMetric(float64(last)/float64(first), "1000th/10th")
		b.ReportMetric(kept, "kept-B/cell")
	}
}

// BenchmarkNewFunction declares a new function and calls it.
func BenchmarkNewFunction(b *testing.B) {
	s := newSession(b, engine.Config{})
	for i := 0; b.Loop(); i++ {
		do(b, s, i+1, fmt.Sprintf("func g%d(n int) int {\n\ts := 0\n\tfor i := range n {\n\t\ts += i\n\t}\n\treturn s\n}\ng%[1]d(10)", i))
	}
}

func median(ds []time.Duration) time.Duration {
	ds = slices.Clone(ds)
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// live is the memory that the collector finds in use.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
