package codec

import (
	"container/list"
	"reflect"
	"testing"
	"unsafe"
)

type item struct {
	Name  string
	Score float64
}

type ranking struct {
	best  *item
	items []item
	worst *item
	score *float64
	top   []item
	name  *string
}

func rank() ranking {
	items := []item{{"a", 3}, {"b", 9}, {"c", 1}, {"d", 2}}
	return ranking{best: &items[1], items: items, worst: &items[2], score: &items[1].Score, top: items[1:3], name: &items[3].Name}
}

func TestPointersIntoSlices(t *testing.T) {
	got := roundTrip(t, rank()).(ranking)
	if got.best != &got.items[1] || got.worst != &got.items[2] || got.score != &got.items[1].Score || &got.top[0] != &got.items[1] || got.name != &got.items[3].Name {
		t.Error("a pointer into a slice was split")
	}
	if !reflect.DeepEqual(got, rank()) {
		t.Errorf("%+v", got)
	}
}

func TestPointersIntoOtherThings(t *testing.T) {
	type matrix struct {
		flat []float64
		rows [][]float64
		cell *float64
	}
	m := matrix{flat: numbers(6000)}
	m.rows = [][]float64{m.flat[:3000], m.flat[3000:]}
	m.cell = &m.flat[4000]
	got := roundTrip(t, &m).(*matrix)
	if got.cell != &got.flat[4000] || &got.rows[1][1000] != got.cell || len(got.flat) != 6000 || !reflect.DeepEqual(*got, m) {
		t.Error("matrix")
	}

	type owner struct {
		config struct{ a, b int }
		array  [4]item
	}
	type part struct {
		b     *int
		owner *owner
		third *item
		tail  []item
	}
	o := &owner{array: [4]item{{"x", 1}, {"y", 2}, {"z", 3}, {"w", 4}}}
	o.config.b = 5
	p := roundTrip(t, part{&o.config.b, o, &o.array[2], o.array[1:3]}).(part)
	if *p.b != 5 || p.b != &p.owner.config.b || p.third != &p.owner.array[2] || &p.tail[1] != p.third {
		t.Error("fields and arrays", p)
	}

	l := list.New()
	l.PushBack("one")
	l.PushBack(2)
	gl := roundTrip(t, l).(*list.List)
	gl.PushFront(0)
	if gl.Len() != 3 || gl.Front().Next().Value != "one" || gl.Back().Value != 2 || gl.Back().Next() != nil {
		t.Error("list")
	}

	// An element that points at its neighbours and at itself.
	type node struct {
		next *node
		id   int
	}
	ring := make([]node, 3)
	for i := range ring {
		ring[i] = node{&ring[(i+1)%3], i}
	}
	gr := roundTrip(t, ring).([]node)
	for i := range gr {
		if gr[i].next != &gr[(i+1)%3] || gr[i].id != i {
			t.Error("ring", i)
		}
	}
	// An array, a pointer at its beginning of another type, and a slice of it.
	array := &[3]int{1, 2, 3}
	both := roundTrip(t, []any{array, &array[0], array[1:]}).([]any)
	if both[1].(*int) != &both[0].(*[3]int)[0] || &both[2].([]int)[0] != &both[0].(*[3]int)[1] {
		t.Error("array", both)
	}
}

// Memory that is seen as two types, and pointers to nothing, do not break the encoding.
func TestOddPointers(t *testing.T) {
	items := make([]item, 3)
	type odd struct {
		items []item
		first *item
		raw   *[2]uint64
		none  *struct{}
	}
	in := odd{items: items, first: &items[1], none: (*struct{})(unsafe.Pointer(&items[1]))}
	in.raw = (*[2]uint64)(unsafe.Pointer(&struct{ a, b uint64 }{1, 2}))
	got := roundTrip(t, in).(odd)
	if got.first != &got.items[1] || *got.raw != [2]uint64{1, 2} || got.none == nil {
		t.Errorf("%+v", got)
	}
}

func TestSeveralValuesShareHosts(t *testing.T) {
	r := rank()
	p, err := EncodeAll([]reflect.Value{reflect.ValueOf(r.best), reflect.ValueOf(r.items)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var best *item
	var items []item
	err = DecodeAll(p, []reflect.Value{reflect.ValueOf(&best).Elem(), reflect.ValueOf(&items).Elem()}, nil)
	if err != nil || best != &items[1] {
		t.Error(err, best, items)
	}
}

// An offset to something of another type, or outside, is an error.
func TestPointersIntoTheWrongThing(t *testing.T) {
	h := reflect.TypeFor[item]()
	for _, x := range []struct {
		off   uintptr
		want  reflect.Type
		count int
		ok    bool
	}{
		{0, h, 1, true}, {0, h, 4, true}, {h.Size(), h, 3, true}, {h.Size(), h, 4, false}, {8, h, 1, false},
		{0, reflect.TypeFor[string](), 1, true}, {0, reflect.TypeFor[string](), 2, false},
		{16, reflect.TypeFor[float64](), 1, true}, {8, reflect.TypeFor[float64](), 1, false}, {16, reflect.TypeFor[uint64](), 1, false},
		{3 * h.Size(), h, 1, true},
	} {
		if got := located(h, 4, x.off, x.want, x.count); got != x.ok {
			t.Errorf("%d × %s at %d: %v", x.count, x.want, x.off, got)
		}
	}
}
