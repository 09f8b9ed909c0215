package codec

import (
	"reflect"
	"strings"
	"testing"
)

type record struct {
	ID      int64
	Name    string
	Tags    []string
	Values  [64]float64
	Weights []float32
	Attrs   map[string]string
	Next    *record
	Active  bool
	note    string
}

var sample = record{ID: 5, Name: "a record", Tags: []string{"x", "y", "z"}, Weights: make([]float32, 50),
	Attrs: map[string]string{"k": "v", "l": "w"}, Next: &record{Name: "next"}, note: strings.Repeat("n", 100)}

func BenchmarkEncodeRecord(b *testing.B) {
	b.ReportAllocs()
	v := reflect.ValueOf(&sample).Elem()
	for b.Loop() {
		if _, err := Encode(v, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRecord(b *testing.B) {
	b.ReportAllocs()
	p, _ := Encode(reflect.ValueOf(sample), nil)
	b.SetBytes(int64(p.Size()))
	for b.Loop() {
		if _, err := Decode(p, reflect.TypeFor[record](), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeInt(b *testing.B) {
	b.ReportAllocs()
	v := reflect.ValueOf(42)
	for b.Loop() {
		Encode(v, nil)
	}
}

func BenchmarkRowsAsMaps(b *testing.B) {
	rows := make([]map[string]any, 100)
	for i := range rows {
		rows[i] = map[string]any{"a": i, "b": float64(i), "c": "text"}
	}
	v := reflect.ValueOf(rows)
	for b.Loop() {
		p, _ := Encode(v, nil)
		Decode(p, v.Type(), nil)
	}
}

// BenchmarkTree has many pointers, none of them into other memory.
func BenchmarkTree(b *testing.B) {
	var grow func(depth int) *tree
	grow = func(depth int) *tree {
		if depth == 0 {
			return nil
		}
		return &tree{grow(depth - 1), grow(depth - 1), depth}
	}
	v := reflect.ValueOf(grow(12))
	for b.Loop() {
		p, _ := Encode(v, nil)
		Decode(p, v.Type(), nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4095, "ns/node")
}

// BenchmarkPointersIntoSlice has to be written twice, the second time with the slice as a host.
func BenchmarkPointersIntoSlice(b *testing.B) {
	items := make([]item, 4095)
	in := struct {
		items []item
		all   []*item
	}{items: items}
	for i := range items {
		in.all = append(in.all, &items[i])
	}
	v := reflect.ValueOf(in)
	for b.Loop() {
		p, _ := Encode(v, nil)
		Decode(p, v.Type(), nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4095, "ns/pointer")
}
