package workers

import (
	"path/filepath"
	"testing"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/runtime/ray"
)

// benchRows is what the benchmarks read; the reference figures for pyarrow are
// of as many rows.
const benchRows = 5_000_000

// benchTable has an id, a key with 265 values and a value in no order.
func benchTable() *data.Dataset {
	return data.Range(benchRows).MapBatches(benchColumns)
}

func benchColumns(b data.Batch) (data.Batch, error) {
	ids := b.Int64s("id")
	keys, values := make([]int64, len(ids)), make([]float64, len(ids))
	for i, id := range ids {
		h := uint64(id)*0x9e3779b97f4a7c15 ^ uint64(id)>>7
		keys[i] = int64(h>>33) % 265
		values[i] = float64(h>>11) / (1 << 53)
	}
	return b.With("key", keys).With("value", values), nil
}

func doubleValue(b data.Batch) (data.Batch, error) {
	v := b.Float64s("value")
	for i := range v {
		v[i] *= 2
	}
	return b.With("value", v), nil
}

func benchSource(b *testing.B) *data.Dataset {
	b.Helper()
	ds, err := benchTable().Materialize()
	if err != nil {
		b.Fatal(err)
	}
	return ds
}

func report(b *testing.B) {
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkParquetMapBatches(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "in")
	if err := benchTable().Repartition(8).WriteParquet(dir); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := data.ReadParquet(dir).MapBatches(doubleValue).Sum("value"); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkGroupBy(b *testing.B) {
	ds := benchSource(b)
	for b.Loop() {
		if _, err := ds.GroupBy("key").Mean("value").TakeAll(); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkSort(b *testing.B) {
	ds := benchSource(b)
	for b.Loop() {
		if _, err := ds.Sort("value").Materialize(); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkShuffle(b *testing.B) {
	ds := benchSource(b)
	for b.Loop() {
		if _, err := ds.RandomShuffle(1).Materialize(); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func BenchmarkMapRows(b *testing.B) {
	ds := benchSource(b)
	for b.Loop() {
		if _, err := ds.SelectColumns("id").Map(increment).Sum("item"); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

func increment(x int) int { return x + 1 }

type benchRow struct {
	Key   int
	Value float64
}

func twice(r benchRow) benchRow { return benchRow{r.Key, 2 * r.Value} }

func BenchmarkMapStructs(b *testing.B) {
	ds := benchSource(b)
	for b.Loop() {
		if _, err := ds.Map(twice).Sum("value"); err != nil {
			b.Fatal(err)
		}
	}
	report(b)
}

// BenchmarkGetBlock is what it costs to see a block of another process.
func BenchmarkGetBlock(b *testing.B) {
	refs, _, err := data.Range(1 << 20).Repartition(1).Blocks()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var block *data.Block
		if err := ray.GetInto(nil, refs[0], &block); err != nil {
			b.Fatal(err)
		}
		if _, err := block.Record(); err != nil {
			b.Fatal(err)
		}
	}
}
