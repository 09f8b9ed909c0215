package workers

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
	"github.com/goray/goray/runtime/ray"
)

func square(x int) int { return x * x }

func withPID(b data.Batch) (data.Batch, error) {
	pids := make([]int, b.Len())
	for i := range pids {
		pids[i] = os.Getpid()
	}
	return b.With("pid", pids), nil
}

var errSeven = errors.New("no sevens")

func noSevens(x int) (int, error) {
	if x == 777 {
		return 0, errSeven
	}
	return x, nil
}

func panics(r data.Row) data.Row {
	if r["id"].(int64) == 777 {
		panic("seven")
	}
	return r
}

func TestFunctionsRunInWorkers(t *testing.T) {
	rows, err := data.Range(100_000).MapBatches(withPID).GroupBy("pid").Count().TakeAll()
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, r := range rows {
		if r["pid"] == int64(os.Getpid()) {
			t.Error("a batch function ran in the driver")
		}
		total += r["count()"].(int64)
	}
	if total != 100_000 {
		t.Errorf("%d rows", total)
	}
	sum, err := data.Range(1000).Map(square).Sum("item")
	if err != nil || sum != int64(332833500) {
		t.Error(sum, err)
	}
}

func TestErrorsCrossProcesses(t *testing.T) {
	var row *data.RowError
	_, err := data.Range(10_000).Map(noSevens).TakeAll()
	if !errors.Is(err, errSeven) || !errors.As(err, &row) || row.Block != 1 || row.Row != 152 {
		t.Errorf("%+v", err)
	}
	_, err = data.Range(10_000).Map(panics).TakeAll()
	if !errors.As(err, &row) || !strings.Contains(err.Error(), `{"id":777}: panic at workers_test.go:`) {
		t.Error(err)
	}
	_, err = data.Range(10).MapBatches(withPID).SelectColumns("pdi").TakeAll()
	if !errors.Is(err, data.ErrColumn) || !strings.Contains(err.Error(), `did you mean "pid"?`) {
		t.Error(err)
	}
	seven := 7
	err = data.Range(10).Map(func(x int) int { return x * seven }).Err()
	if err == nil || !strings.Contains(err.Error(), "seven") && !strings.Contains(err.Error(), "captur") {
		t.Errorf("a closure of a compiled program: %v", err)
	}
}

func TestExchanges(t *testing.T) {
	ds := data.Range(200_000).WithColumn("key", data.Col("id").Mul(7919).Sub(data.Col("id").Mul(7918)))
	sorted := ds.RandomShuffle(5).SortBy(data.Desc("id")).Repartition(3)
	next := int64(199_999)
	for b, err := range sorted.IterBatches(4096) {
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range b.Int64s("id") {
			if id != next {
				t.Fatalf("row %d where %d belongs", id, next)
			}
			next--
		}
	}
	if next != -1 {
		t.Errorf("rows below %d are missing", next)
	}
	table, err := ds.ToArrow()
	if err != nil || table.NumRows() != 200_000 {
		t.Error(table, err)
	}
}

var constructed atomic.Int64

// newAdder is a constructor: what it makes lives as long as its actor.
func newAdder() (func(data.Batch) (data.Batch, error), error) {
	n := constructed.Add(1)
	return func(b data.Batch) (data.Batch, error) {
		made := make([]int64, b.Len())
		for i := range made {
			made[i] = n
		}
		out, err := withPID(b)
		return out.With("constructed", made), err
	}, nil
}

func failsToConstruct() (func(data.Batch) (data.Batch, error), error) {
	return nil, errors.New("the model file is gone")
}

func TestActorPool(t *testing.T) {
	rows, err := data.Range(10_000).MapBatches(newAdder, data.Concurrency(2), data.BatchSize(100)).
		GroupBy("pid", "constructed").Count().TakeAll()
	if err != nil {
		t.Fatal(err)
	}
	// One constructor call in each of two processes.
	if len(rows) != 2 || rows[0]["constructed"] != int64(1) || rows[1]["constructed"] != int64(1) {
		t.Error(rows)
	}
	_, err = data.Range(10).MapBatches(failsToConstruct, data.Concurrency(1)).TakeAll()
	if err == nil || !strings.Contains(err.Error(), "the model file is gone") {
		t.Error(err)
	}
}

func countPositive(ds *data.Dataset) (int64, error) {
	return ds.Filter(data.Col("id").Gt(0)).Count()
}

// A dataset travels into a task, as a plan and as computed blocks.
func TestDatasetInTask(t *testing.T) {
	plan := data.Range(1000).Map(square).RenameColumns(map[string]string{"item": "id"})
	whole, err := plan.Materialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, ds := range map[string]*data.Dataset{"plan": plan, "blocks": whole} {
		n, err := ray.Get(ray.Remote[int64](countPositive).Remote(ds))
		if err != nil || n != 999 {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestTaxiMonth(t *testing.T) {
	ds := data.ReadParquet(ailibtest.File(t, "nyc_taxi/green_tripdata_2024-01.parquet"))
	clean := ds.DropNulls("passenger_count").
		WithColumn("trip_duration", data.Col("lpep_dropoff_datetime").Sub(data.Col("lpep_pickup_datetime")).Seconds())
	train, valid, err := clean.TrainTestSplit(0.3)
	if err != nil {
		t.Fatal(err)
	}
	p := preprocess.NewChain(preprocess.NewMinMaxScaler("trip_distance", "trip_duration"), preprocess.NewStandardScaler("fare_amount"))
	row, err := p.FitTransform(train.Repartition(4)).Aggregate(data.Count(), data.Min("trip_distance"), data.Max("trip_distance"), data.Mean("fare_amount"), data.StdDDOF("fare_amount", 0))
	if err != nil {
		t.Fatal(err)
	}
	if row["count()"] != int64(37195) || row["min(trip_distance)"] != 0.0 || row["max(trip_distance)"] != 1.0 ||
		math.Abs(row["mean(fare_amount)"].(float64)) > 1e-9 || math.Abs(row["std(fare_amount)"].(float64)-1) > 1e-9 {
		t.Error(row)
	}
	if n, err := p.Transform(valid).Count(); err != nil || n != 15941 {
		t.Error(n, err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := p.Transform(valid).WriteParquet(dir); err != nil {
		t.Fatal(err)
	}
	if n, err := data.ReadParquet(dir).Count(); err != nil || n != 15941 {
		t.Error(n, err)
	}
	refs, rows, err := train.Blocks()
	if err != nil || len(refs) != len(rows) {
		t.Fatal(err)
	}
	var block *data.Block
	if err := ray.GetInto(nil, refs[0], &block); err != nil || block.Rows() != rows[0] {
		t.Error(block, err)
	}
	if got := fmt.Sprint(rows); got != "[37195]" {
		t.Error(got)
	}
}

// dieOnce kills its worker the first time that it sees a row.
type dieOnce struct {
	Row  int64
	Mark string
}

func (d dieOnce) TransformBatch(b data.Batch) (data.Batch, error) {
	for _, id := range b.Int64s("id") {
		if id != d.Row {
			continue
		}
		mark, err := os.OpenFile(d.Mark, os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_ = mark.Close()
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
	return b, nil
}

// A worker that is killed in the middle costs its blocks a repetition, and
// nothing else.
func TestKilledWorker(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "died")
	sum, err := data.Range(200_000).Transform(dieOnce{100_000, mark}).Sum("id")
	if err != nil || sum != int64(19999900000) {
		t.Error(sum, err)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Error("no worker died")
	}
}

func firstHalf(b data.Batch) (data.Batch, error) { return b.Slice(0, b.Len()/2), nil }

// Batches are arguments and results of tasks.
func TestBatchInTask(t *testing.T) {
	in := data.NewBatch().With("x", []float64{1, 2, 3, 4}).With("s", []string{"a", "b", "c", "d"})
	out, err := ray.Get(ray.Remote[data.Batch](firstHalf).Remote(in))
	if err != nil || fmt.Sprint(out.Float64s("x"), out.Strings("s")) != "[1 2] [a b]" {
		t.Error(out, err)
	}
}
