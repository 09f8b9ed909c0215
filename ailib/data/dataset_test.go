package data

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

type named struct {
	Name string
	Data int
}

func TestFromItems(t *testing.T) {
	items := make([]named, 10000)
	for i := range items {
		items[i] = named{strconv.Itoa(i), i}
	}
	ds := FromItems(items)
	if n := must[int64](t)(ds.Count()); n != 10000 {
		t.Errorf("%d rows", n)
	}
	s := must[*Schema](t)(ds.Schema())
	if got := fmt.Sprint(s.Names(), s.Types()); got != "[name data] [string int64]" {
		t.Error(got)
	}
	rows := must[[]Row](t)(ds.Take(5))
	if got := fmt.Sprint(rows[0], rows[4]); got != `{"data":0,"name":"0"} {"data":4,"name":"4"}` {
		t.Error(got)
	}
	back := must[[]named](t)(Collect[named](ds))
	if !reflect.DeepEqual(back, items) {
		t.Error("Collect does not return the items")
	}

	mixed := FromItems([]map[string]any{{"a": 1}, {"a": 2.5, "b": "x"}, {}})
	if got := fmt.Sprint(must[*Schema](t)(mixed.Schema()).Types()); got != "[float64 string]" {
		t.Error(got)
	}
	if got := fmt.Sprint(must[[]Row](t)(mixed.TakeAll())); got != `[{"a":1,"b":null} {"a":2.5,"b":"x"} {"a":null,"b":null}]` {
		t.Error(got)
	}
	if got := fmt.Sprint(must[*Schema](t)(FromItems([]named{}).Schema()).Types()); got != "[string int64]" {
		t.Errorf("an empty slice has the types %s", got)
	}
}

// values are the rows of a dataset with one column.
func values(t testing.TB, ds *Dataset, n int) string {
	t.Helper()
	b := must[Batch](t)(ds.TakeBatch(n))
	if len(b.Columns()) != 1 {
		t.Fatalf("columns %v", b.Columns())
	}
	return fmt.Sprint(b.Int64s(b.Columns()[0]))
}

func TestChapterSix(t *testing.T) {
	squares := Range(10000).Map(func(x int) int { return x * x })
	if got := values(t, squares, 5); got != "[0 1 4 9 16]" {
		t.Error(got)
	}
	even := squares.Filter(func(x int) bool { return x%2 == 0 })
	if n := must[int64](t)(even.Count()); n != 5000 {
		t.Error(n)
	}
	cubes := even.FlatMap(func(x int) []int { return []int{x, x * x * x} })
	if got := values(t, cubes, 10); got != "[0 0 4 64 16 4096 36 46656 64 262144]" {
		t.Error(got)
	}
	if n := must[int64](t)(cubes.Count()); n != 10000 {
		t.Error(n)
	}
	r := Range(10000)
	both := r.Union(Range(10000))
	if n := must[int64](t)(both.Count()); n != 20000 {
		t.Error(n)
	}
	evens := both.Filter(func(x int) bool { return x%2 == 0 }).Sort("id")
	if got := values(t, evens, 5); got != "[0 0 2 2 4]" {
		t.Error(got)
	}
	if n := must[int64](t)(evens.Count()); n != 10000 {
		t.Error(n)
	}
}

func TestGlobalAggregates(t *testing.T) {
	r := Range(10000)
	row := must[Row](t)(r.Aggregate(Count(), Max("id"), Mean("id"), Min("id"), Sum("id"), Std("id")))
	want := `{"count()":10000,"max(id)":9999,"mean(id)":4999.5,"min(id)":0,"std(id)":2886.8956799071675,"sum(id)":49995000}`
	if row.String() != want {
		t.Error(row)
	}
	if std := must[float64](t)(r.Std("id")); fmt.Sprintf("%.5f", std) != "2886.89568" {
		t.Error(std)
	}
	empty := r.Filter(Col("id").Lt(0))
	row = must[Row](t)(empty.Aggregate(Count(), Sum("id"), Mean("id"), Max("id")))
	if row.String() != `{"count()":0,"max(id)":null,"mean(id)":null,"sum(id)":null}` {
		t.Error(row)
	}
	big := FromItems([]int64{1 << 62, 1 << 62, 5})
	if _, err := big.Sum("item"); !errors.Is(err, ErrOverflow) {
		t.Error(err)
	}
}

func TestLaziness(t *testing.T) {
	var calls atomic.Int64
	ds := Range(1000).
		Map(func(x int) int { calls.Add(1); return x + 1 }).
		Filter(func(x int) bool { calls.Add(1); return x%2 == 0 }).
		Map(func(x int) int { calls.Add(1); return x }).
		Repartition(4).Sort("item")
	if ds.Err() != nil || calls.Load() != 0 {
		t.Fatal(ds.Err(), calls.Load())
	}
	whole := must[*Dataset](t)(ds.Materialize())
	first := calls.Load()
	if first != 1000+1000+500 {
		t.Errorf("%d calls", first)
	}
	must[int64](t)(whole.Count())
	must[[]Row](t)(whole.TakeAll())
	if calls.Load() != first {
		t.Error("a materialised dataset ran its functions again")
	}
	if !strings.Contains(ds.Stats(), "Map(") {
		t.Error(ds.Stats())
	}
}

func TestTakeStopsEarly(t *testing.T) {
	var calls atomic.Int64
	ds := Range(1 << 22).MapBatches(func(b Batch) (Batch, error) { calls.Add(1); return b, nil })
	must[Batch](t)(ds.TakeBatch(1))
	if n := calls.Load(); n > 6 {
		t.Errorf("%d of 64 blocks were computed for one row", n)
	}
	for range ds.IterRows() {
		break
	}
	if rows := must[[]Row](t)(ds.Take(0)); len(rows) != 0 {
		t.Error(rows)
	}
}

func TestRepartition(t *testing.T) {
	ds := Range(53136).Repartition(5)
	_, rows, err := ds.Blocks()
	if err != nil || fmt.Sprint(rows) != "[10628 10627 10627 10627 10627]" {
		t.Error(rows, err)
	}
	if got := values(t, ds.Filter(Col("id").Ge(10627)), 3); got != "[10627 10628 10629]" {
		t.Error(got)
	}
	_, rows, err = Range(2).Repartition(4).Blocks()
	if err != nil || fmt.Sprint(rows) != "[1 1 0 0]" {
		t.Error(rows, err)
	}
}

func TestSplits(t *testing.T) {
	for _, x := range []struct {
		n           int
		test        float64
		train, rest int64
	}{{569, 0.2, 455, 114}, {6433, 0.3, 4503, 1930}, {53136, 0.3, 37195, 15941}} {
		a, b, err := Range(x.n).TrainTestSplit(x.test)
		if err != nil {
			t.Fatal(err)
		}
		if na, nb := must[int64](t)(a.Count()), must[int64](t)(b.Count()); na != x.train || nb != x.rest {
			t.Errorf("%d @ %v: %d and %d", x.n, x.test, na, nb)
		}
		if got := values(t, b, 1); got != fmt.Sprintf("[%d]", x.train) {
			t.Errorf("the test rows begin with %s", got)
		}
	}
	for _, f := range []float64{0, 1, -1, 2} {
		if _, _, err := Range(10).TrainTestSplit(f); err == nil {
			t.Errorf("TrainTestSplit(%v) has no error", f)
		}
	}
	if _, _, err := Range(1).TrainTestSplit(0.5); err == nil {
		t.Error("a split of one row has no error")
	}
	parts := must[[]*Dataset](t)(Range(10003).Split(4))
	var rows []int64
	for _, p := range parts {
		rows = append(rows, must[int64](t)(p.Count()))
	}
	if fmt.Sprint(rows) != "[2501 2501 2501 2500]" {
		t.Error(rows)
	}
	if n := must[int64](t)(parts[1].Filter(Col("id").Ge(2501)).Count()); n != 2501 {
		t.Error(n)
	}
}

func TestShuffle(t *testing.T) {
	ds := Range(5000)
	a, b := values(t, ds.RandomShuffle(1), 5000), values(t, ds.RandomShuffle(1), 5000)
	if a != b {
		t.Error("one seed gives two orders")
	}
	if c := values(t, ds.RandomShuffle(2), 5000); a == c {
		t.Error("two seeds give one order")
	}
	if got := values(t, ds.RandomShuffle(1).Sort("id"), 5000); got != values(t, ds, 5000) {
		t.Error("a shuffle changed the rows")
	}
	train, _, err := ds.TrainTestSplit(0.3, Shuffle(7))
	if err != nil {
		t.Fatal(err)
	}
	// 3,500 of 5,000 rows in random order: their mean is near the middle.
	if mean := must[float64](t)(train.Mean("id")); mean < 2400 || mean > 2600 {
		t.Errorf("mean id %v of shuffled training rows", mean)
	}
}

func TestSortKeys(t *testing.T) {
	x, y := 1.5, 0.5
	type row struct {
		K string
		V *float64
		N int
	}
	ds := FromItems([]row{{"b", &x, 1}, {"a", nil, 2}, {"b", &y, 3}, {"a", &x, 4}, {"a", &x, 5}})
	order := func(keys ...SortKey) string {
		return fmt.Sprint(must[Batch](t)(ds.SortBy(keys...).TakeBatch(9)).Int64s("n"))
	}
	for want, keys := range map[string][]SortKey{
		"[4 5 2 3 1]": {Asc("k"), Asc("v")},
		"[1 3 4 5 2]": {Desc("k"), Desc("v")},
		"[3 1 4 5 2]": {Asc("v")},
		"[1 4 5 3 2]": {Desc("v")},
		"[5 4 3 2 1]": {Desc("n")},
	} {
		if got := order(keys...); got != want {
			t.Errorf("%v: %s, want %s", keys, got, want)
		}
	}
}

func TestIterBatches(t *testing.T) {
	n, rows := 0, 0
	for b, err := range Range(60000).IterBatches(128) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; b.Len() == 128 {
			rows += b.Len()
		}
	}
	if n != 469 || rows != 468*128 {
		t.Error(n, rows)
	}
}

// A context that ends stops the consumer, and the tasks see it too.
func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{}, 16)
	ds := Range(10).MapBatches(func(ctx context.Context, b Batch) (Batch, error) {
		cancelled := ctx.Done()
		cancel()
		<-cancelled
		stopped <- struct{}{}
		return b, ctx.Err()
	}, NumCPUs(0.5)).Filter(Col("id").Ge(0))
	if _, err := ds.CountContext(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-stopped
}

// Many groups are merged in partitions; the result is the same.
func TestManyGroups(t *testing.T) {
	ds := Range(20000).WithColumn("key", Col("id").Mul(7).Cast("string")).
		WithColumn("half", When(Col("id").Lt(10000), nil, Col("id").Sub(10000)))
	run := func() []Row {
		return must[[]Row](t)(ds.Union(ds).GroupBy("half", "key").Aggregate(Count(), Sum("id"), Max("key")).TakeAll())
	}
	one := run()
	defer func(n int64) { manyGroups = n }(manyGroups)
	manyGroups = 100
	many := run()
	if len(one) != 20000 || !reflect.DeepEqual(one, many) {
		t.Errorf("%d and %d groups; %v, %v", len(one), len(many), one[0], many[0])
	}
	if one[0].String() != `{"count()":2,"half":0,"key":"70000","max(key)":"70000","sum(id)":20000}` {
		t.Error(one[0])
	}
}
