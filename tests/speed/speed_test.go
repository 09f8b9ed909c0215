//go:build unix

// Package speed sets the engine beside CPython, in one run: the same work, as a cell and as a
// Python script, in turn.
//
//	go test -run '^$' -bench . ./tests/speed
//
// The metric cpython/goray is how many times faster the cell was, of the best of several turns. Both
// sides are measured in processor time, so that other work on the machine does not count.
package speed

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

// turns is how often each side runs; the best counts, as the machine may be busy.
const turns = 5

var work = []struct{ name, cell, call, python string }{
	{"fib30", `func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}`, "fib(30)", `
def fib(n):
    if n < 2: return n
    return fib(n-1) + fib(n-2)
f = lambda: fib(30)`},
	{"float10M", `func f() float64 {
	s := 0.0
	for i := 0; i < 10_000_000; i++ {
		s += float64(i) * 0.5
	}
	return s
}`, "f()", `
def f():
    s = 0.0
    for i in range(10_000_000):
        s += i * 0.5
    return s`},
	{"matrix200", `func f() float64 {
	n := 200
	a := make([][]float64, n)
	for i := range a {
		a[i] = make([]float64, n)
	}
	for k := 0; k < 6; k++ {
		for i := 0; i < n; i++ {
			for j := 0; j < n; j++ {
				a[i][j] += float64(i*j + k)
			}
		}
	}
	return a[n-1][n-1]
}`, "f()", `
def f():
    n = 200
    a = [[0.0]*n for _ in range(n)]
    for k in range(6):
        for i in range(n):
            for j in range(n):
                a[i][j] += i*j + k
    return a[n-1][n-1]`},
	{"map400k", `func f() int {
	m := map[int]int{}
	for i := 0; i < 400_000; i++ {
		m[i%1000] += i
	}
	return len(m)
}`, "f()", `
def f():
    m = {}
    for i in range(400_000):
        k = i % 1000
        m[k] = m.get(k, 0) + i
    return len(m)`},
	{"strings100k", `func f() int {
	var b strings.Builder
	for i := 0; i < 100_000; i++ {
		b.WriteByte('x')
		b.WriteString("yz")
	}
	return b.Len()
}`, "f()", `
import io
def f():
    b = io.StringIO()
    for i in range(100_000):
        b.write('x')
        b.write('yz')
    return len(b.getvalue())`},
	{"methods400k", `type P struct{ x, y int }

func (p *P) add(d int) { p.x += d; p.y -= d }

func f() int {
	p := &P{}
	for i := 0; i < 400_000; i++ {
		p.add(i)
	}
	return p.x + p.y
}`, "f()", `
class P:
    __slots__ = ('x', 'y')
    def __init__(self): self.x = self.y = 0
    def add(self, d):
        self.x += d
        self.y -= d
def f():
    p = P()
    for i in range(400_000): p.add(i)
    return p.x + p.y`},
	{"interface200k", `type Shape interface{ area() float64 }

type Square struct{ a float64 }

func (q Square) area() float64 { return q.a * q.a }

type Circle struct{ r float64 }

func (c Circle) area() float64 { return 3 * c.r * c.r }

func f() (t float64) {
	shapes := []Shape{Square{2}, Circle{1}}
	for i := 0; i < 200_000; i++ {
		t += shapes[i%2].area()
	}
	return t
}`, "f()", `
class Square:
    def __init__(self, a): self.a = a
    def area(self): return self.a * self.a
class Circle:
    def __init__(self, r): self.r = r
    def area(self): return 3 * self.r * self.r
def f():
    shapes = [Square(2.0), Circle(1.0)]
    t = 0.0
    for i in range(200_000): t += shapes[i % 2].area()
    return t`},
	{"sieve1M", `func f() int {
	n := 1_000_000
	s, c := make([]bool, n), 0
	for i := 2; i < n; i++ {
		if s[i] {
			continue
		}
		c++
		for j := 2 * i; j < n; j += i {
			s[j] = true
		}
	}
	return c
}`, "f()", `
def f():
    n = 1_000_000
    s, c = [False]*n, 0
    for i in range(2, n):
        if s[i]: continue
        c += 1
        j = 2*i
        while j < n:
            s[j] = True
            j += i
    return c`},
}

func BenchmarkAgainstCPython(b *testing.B) {
	python, err := exec.LookPath("python3")
	if err != nil {
		b.Skip("python3 is absent")
	}
	for _, w := range work {
		b.Run(w.name, func(b *testing.B) {
			eng, err := typed.New(engine.Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer eng.Close()
			run := func(number int, source string) string {
				res, err := eng.Execute(context.Background(), engine.Cell{Number: number, Source: source})
				if err != nil {
					b.Fatal(err)
				}
				if len(res.Values) == 0 {
					return ""
				}
				return fmt.Sprint(res.Values[0].Reflect)
			}
			run(1, w.cell)
			ours, theirs := time.Hour, time.Hour
			for range b.N {
				for turn := range turns {
					start := processor(b)
					got := run(2+turn, w.call)
					ours = min(ours, processor(b)-start)
					seconds, want := python1(b, python, w.python)
					theirs = min(theirs, seconds)
					if !same(got, want) {
						b.Fatalf("the cell says %s, Python %s", got, want)
					}
				}
			}
			b.ReportMetric(float64(ours.Microseconds())/1000, "goray-ms")
			b.ReportMetric(float64(theirs.Microseconds())/1000, "cpython-ms")
			b.ReportMetric(float64(theirs)/float64(ours), "cpython/goray")
			b.ReportMetric(0, "ns/op") // the turns of both sides together: no figure
		})
	}
}

// processor is the processor time that this process has used, its collector's included.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// python1 runs f of a script once, and returns its time, without the interpreter's start, and its result.
func python1(b *testing.B, python, script string) (time.Duration, string) {
	b.Helper()
	script += "\nimport time\nstart = time.process_time()\nr = f()\nprint(time.process_time() - start, repr(r))\n"
	out, err := exec.Command(python, "-c", script).CombinedOutput()
	if err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	fields := strings.Fields(string(out))
	seconds, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second)), fields[1]
}

func same(a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x == y
}
