package typed

import (
	"context"
	"testing"

	"github.com/goray/goray/kernel/engine"
)

// benchCell measures a call of the session's function f.
func benchCell(b *testing.B, decl, call string) {
	s := newSession(b, engine.Config{})
	do(b, s, 1, decl)
	b.ResetTimer()
	for b.Loop() {
		do(b, s, 2, call)
	}
}

func BenchmarkExecute(b *testing.B) { benchCell(b, "x := 1", "1 + 1") }

func BenchmarkDeclare(b *testing.B) {
	benchCell(b, "x := 1", "type T struct{ A, B int }\nfunc (t T) Sum() int { return t.A + t.B }\nfunc f(n int) int { return T{n, n}.Sum() }\nf(3)")
}

func BenchmarkFib30(b *testing.B) {
	benchCell(b, "func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }", "fib(30)")
}

func BenchmarkFloatLoop10M(b *testing.B) {
	benchCell(b, "func f(n int) float64 { s := 0.0; for i := 0; i < n; i++ { s += float64(i) * 0.5 }; return s }", "f(10_000_000)")
}

func BenchmarkSieve1M(b *testing.B) {
	benchCell(b, `func f(n int) int {
	s, c := make([]bool, n), 0
	for i := 2; i < n; i++ {
		if s[i] { continue }
		c++
		for j := 2 * i; j < n; j += i { s[j] = true }
	}
	return c
}`, "f(1_000_000)")
}

func BenchmarkMap400K(b *testing.B) {
	benchCell(b, "func f(n int) int { m := map[int]int{}; for i := 0; i < n; i++ { m[i%1000] += i }; return len(m) }", "f(400_000)")
}

func BenchmarkMatrix200(b *testing.B) {
	benchCell(b, `func f(n int) float64 {
	a := make([][]float64, n)
	for i := range a { a[i] = make([]float64, n) }
	for k := 0; k < 6; k++ { for i := 0; i < n; i++ { for j := 0; j < n; j++ { a[i][j] += float64(i*j + k) } } }
	return a[n-1][n-1]
}`, "f(200)")
}

func BenchmarkMethods400K(b *testing.B) {
	benchCell(b, "type P struct{ x, y int }\nfunc (p *P) add(d int) { p.x += d; p.y -= d }\nfunc f(n int) int { p := &P{}; for i := 0; i < n; i++ { p.add(i) }; return p.x + p.y }", "f(400_000)")
}

func BenchmarkInterface200K(b *testing.B) {
	benchCell(b, "type S interface{ area() float64 }\ntype Q struct{ a float64 }\nfunc (q Q) area() float64 { return q.a * q.a }\nfunc f(n int) (t float64) { var s S = Q{2}; for i := 0; i < n; i++ { t += s.area() }; return }", "f(200_000)")
}

func BenchmarkStrings100K(b *testing.B) {
	benchCell(b, "func f(n int) int { var b strings.Builder; for i := 0; i < n; i++ { b.WriteByte('x'); b.WriteString(\"yz\") }; return b.Len() }", "f(100_000)")
}

func BenchmarkSortSlice10K(b *testing.B) {
	benchCell(b, "func f(n int) int { a := make([]int, n); for i := range a { a[i] = (i * 7919) % n }; sort.Slice(a, func(i, j int) bool { return a[i] < a[j] }); return a[1] }", "f(10_000)")
}

func BenchmarkImport(b *testing.B) {
	driver, worker := newSession(b, engine.Config{}), newSession(b, engine.Config{})
	do(b, driver, 1, "k := 3\nfunc f(n int) int { return n * k }")
	res, err := driver.Execute(context.Background(), engine.Cell{Number: 2, Source: "f"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		snap, _, err := driver.Code().Export(res.Values[0].Reflect.Interface())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := worker.Code().Import(snap.Hash, snap.Source, nil); err != nil {
			b.Fatal(err)
		}
	}
}
