package viz

import "testing"

func BenchmarkLinesBundle(b *testing.B) {
	c := gallery()["lines"]
	for b.Loop() {
		c.MIMEBundle()
	}
}

func BenchmarkHistMillion(b *testing.B) {
	values := wave(1_000_000, func(t float64) float64 { return t * t })
	for b.Loop() {
		Hist("", values, 50).MIMEBundle()
	}
}

func BenchmarkTableThousand(b *testing.B) {
	t := NewTable([]string{"a", "b"}, nil)
	for i := range 1000 {
		t.Rows = append(t.Rows, []any{i, float64(i) / 7})
	}
	t.MaxRows = 1000
	for b.Loop() {
		t.MIMEBundle()
	}
}
