package data

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

type everything struct {
	Bool     bool
	Int      int
	Int8     int8
	Uint64   uint64
	Float32  float32
	Text     *string
	Bytes    []byte
	Time     time.Time
	Took     time.Duration
	List     []float64
	Vector   [2]int32
	Nested   struct{ A, B int }
	Deep     [][]string
	Pointers []*int
}

func allTypes() []everything {
	word, n := "中文 🎉", 5
	at := time.Date(1969, 12, 31, 23, 59, 59, 123456000, time.UTC)
	return []everything{
		{true, 1, -8, 1 << 63, 1.5, &word, []byte{0, 255}, at, time.Hour, []float64{1, 2}, [2]int32{3, 4}, struct{ A, B int }{5, 6}, [][]string{{"a"}, {}}, []*int{&n, nil}},
		{false, 0, 0, 0, 0, nil, nil, at.Add(time.Microsecond), -1, nil, [2]int32{}, struct{ A, B int }{}, nil, nil},
	}
}

// A block that went through the store's form holds the same rows.
func TestBlockTravels(t *testing.T) {
	rec := must[Batch](t)(FromItems(allTypes()).TakeBatch(2)).Arrow()
	for name, rec := range map[string]arrow.RecordBatch{
		"all types": rec, "sliced": rec.NewSlice(1, 2), "no rows": rec.NewSlice(0, 0), "no columns": emptyRecord(arrow.NewSchema(nil, nil)),
	} {
		in := NewBlock(rec)
		in.head.Bounds = []int64{0, 1}
		segments := must[[][]byte](t)(in.MarshalObject())
		out := &Block{}
		if err := out.UnmarshalObject(segments, nil); err != nil {
			t.Fatal(name, err)
		}
		got := must[arrow.RecordBatch](t)(out.Record())
		if !array.RecordEqual(rec, got) || !got.Schema().Equal(rec.Schema()) || out.Rows() != rec.NumRows() || len(out.head.Bounds) != 2 {
			t.Errorf("%s: %v, want %v", name, got, rec)
		}
	}
	broken := &Block{}
	segments := must[[][]byte](t)(NewBlock(rec).MarshalObject())
	if err := broken.UnmarshalObject(segments[:2], nil); err == nil {
		t.Error("two segments were taken for a block")
	}
	segments[2] = make([]byte, 64)
	if err := broken.UnmarshalObject(segments, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Record(); err == nil {
		t.Error("damaged metadata was read")
	}
}

func TestGoTypes(t *testing.T) {
	items := allTypes()
	ds := FromItems(items)
	back := must[[]everything](t)(Collect[everything](ds))
	items[1].Bytes = nil
	if fmt.Sprintf("%+v", flat(back)) != fmt.Sprintf("%+v", flat(items)) {
		t.Errorf("got  %+v\nwant %+v", flat(back), flat(items))
	}
	again := ds.Map(func(e everything) everything { return e })
	if a, b := must[*Schema](t)(ds.Schema()).String(), must[*Schema](t)(again.Schema()).String(); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if !reflect.DeepEqual(must[[]Row](t)(ds.TakeAll()), must[[]Row](t)(again.TakeAll())) {
		t.Error("rows differ after Map")
	}
	for name, moved := range map[string]*Dataset{"sorted": ds.SortBy(Desc("int")), "shuffled": ds.RandomShuffle(3).SortBy(Desc("int")), "filtered": ds.Filter(Col("int").Ge(0)).Repartition(3)} {
		if got := must[[]everything](t)(Collect[everything](moved)); fmt.Sprint(flat(got)) != fmt.Sprint(flat(items)) {
			t.Errorf("%s: %+v", name, flat(got))
		}
	}
	loose := ds.Map(func(r Row) Row { return r })
	if got := must[Batch](t)(loose.TakeBatch(2)).Schema().Type("nested"); got != "struct<a: int64, b: int64>" {
		t.Error(got)
	}
}

// flat replaces pointers by what they point to, for the comparison.
func flat(items []everything) []string {
	var out []string
	for _, e := range items {
		text, ps := "nil", ""
		if e.Text != nil {
			text = *e.Text
		}
		for _, p := range e.Pointers {
			if p == nil {
				ps += " nil"
			} else {
				ps += fmt.Sprint(" ", *p)
			}
		}
		e.Text, e.Pointers = nil, nil
		out = append(out, fmt.Sprintf("%+v %s %s", e, text, ps))
	}
	return out
}

func TestBatch(t *testing.T) {
	b := NewBatch().With("a", []float32{1, 2, 3}).With("s", []string{"x", "y", "z"}).With("n", []*int{nil, nil, nil})
	if b.Err() != nil || b.Len() != 3 || fmt.Sprint(b.Columns()) != "[a s n]" {
		t.Fatal(b.Err(), b)
	}
	if got := fmt.Sprint(b.Float64s("a"), b.Strings("s"), b.Nulls("n"), b.Float64s("n")); got != "[1 2 3] [x y z] [true true true] [NaN NaN NaN]" {
		t.Error(got)
	}
	f := b.Filter([]bool{true, false, true}).Without("n").Select("s", "a")
	if got := fmt.Sprint(f.Row(1), f.Columns(), f.Slice(1, 2).Len()); got != `{"a":3,"s":"z"} [s a] 1` {
		t.Error(got)
	}
	// Fresh slices: changing one does not change the batch.
	v := b.Float64s("a")
	v[0] = 99
	if b.Float64s("a")[0] != 1 {
		t.Error("an accessor handed out the column's own memory")
	}
	for what, bad := range map[string]func(Batch){
		"missing": func(b Batch) { b.Float64s("b") }, "type": func(b Batch) { b.Float64s("s") }, "nulls": func(b Batch) { b.Int64s("n") },
		"length": func(b Batch) { b.With("c", []int{1}) }, "no slice": func(b Batch) { b.With("c", 1) }, "filter": func(b Batch) { b.Filter(nil) },
		"select": func(b Batch) { b.Select("c") }, "without": func(b Batch) { b.Without("c") }, "slice": func(b Batch) { b.Slice(2, 9) },
	} {
		fresh := b.Slice(0, 3)
		fresh.fault = &fault{}
		bad(fresh)
		if fresh.Err() == nil {
			t.Errorf("%s: the mistake is not remembered", what)
		}
	}
	if (Batch{}).Len() != 0 || (Batch{}).With("x", []int{1}).Len() != 1 {
		t.Error("the zero batch does not work")
	}
}

// Columns made for callers who count Arrow's memory are theirs to release;
// reading a block takes no memory from the caller's allocator.
func TestArrowMemory(t *testing.T) {
	checked := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer checked.AssertSize(t, 0)
	b := array.NewInt64Builder(checked)
	b.AppendValues([]int64{1, 2, 3}, nil)
	a := b.NewArray()
	rec := array.NewRecordBatch(rangeSchema, []arrow.Array{a}, 3)
	a.Release()
	ds := FromArrow(rec)
	rec.Release()
	b.Release()
	if got := values(t, ds, 3); got != "[1 2 3]" {
		t.Error(got)
	}
}

func TestUnify(t *testing.T) {
	// Blocks whose functions make different types are put together.
	ds := Range(40).Map(func(x int) any {
		switch {
		case x < 10:
			return nil
		case x < 20:
			return x
		}
		return float64(x) / 2
	})
	row := must[Row](t)(ds.Aggregate(Sum("item"), Count(), NullsOf("item"), Max("item")))
	if row.String() != `{"count()":40,"max(item)":19.5,"null_count(item)":10,"sum(item)":440}` {
		t.Error(row)
	}
	if got := must[Batch](t)(ds.TakeBatch(40)).Schema().Type("item"); got != "float64" {
		t.Error(got)
	}
	bad := Range(40).Map(func(x int) any {
		if x < 21 {
			return x
		}
		return "x"
	})
	if _, err := bad.Repartition(1).TakeAll(); !errors.Is(err, ErrSchema) {
		t.Error(err)
	}
}
