// Package calls has calls of package ray that are right and calls that are wrong.
package calls

import (
	"context"
	"fmt"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func square(n int) int                                             { return n * n }
func scale(ctx context.Context, x float64, k int) (float64, error) { return x * float64(k), ctx.Err() }
func join(sep string, parts ...string) string                      { return "" }
func pair() (int, string, error)                                   { return 0, "", nil }
func quiet(int)                                                    {}

type level uint8

func climb(l level, d time.Duration, ok bool, p *point, s fmt.Stringer) int { return 0 }

type point struct{ X, Y int }

func sum(refs []ray.ObjectRef[int], one ray.ObjectRef[int]) int { return 0 }

var global = ray.Remote[int](square)

var changing = ray.Remote[int](square)

func change() { changing = ray.Remote[int](join) } // want `join returns string, not int`

func functions() {
	ray.Remote[int](square)
	ray.Remote[any](square)
	ray.Remote[string](square) // want `square returns int, not string`
	ray.Remote[any](quiet)
	ray.Remote[struct{}](quiet)
	ray.Remote[int](quiet)    // want `quiet returns nothing, not int`
	ray.Remote[int](pair)     // want `pair returns \(int, string\); a remote function returns one value, and an error`
	ray.Remote[int]("square") // want `cannot use "square" \(untyped string constant\) as function in argument to ray.Remote`
	ray.Remote2[int, string](pair)
	ray.Remote2[int, any](pair)
	ray.Remote2[string, int](pair)                    // want `pair returns \(int, string\), not \(string, int\)`
	ray.Remote3[int, string, error](pair)             // want `pair returns \(int, string\), not \(int, string, error\)`
	ray.Remote[float64](func(x int) int { return x }) // want `the function returns int, not float64`
	var f any = square
	ray.Remote[string](f)
}

func arguments() {
	f := ray.Remote[int](square)
	f.Remote(3)
	f.Remote("bad")  // want `cannot use "bad" \(untyped string constant\) as int value in argument to f.Remote`
	f.Remote()       // want `not enough arguments in call to f.Remote\n\thave \(\)\n\twant \(int\)`
	f.Remote(1, "x") // want `too many arguments in call to f.Remote\n\thave \(number, string\)\n\twant \(int\)`
	f.Remote(2.5)    // want `cannot use 2.5 \(untyped float constant\) as int value in argument to f.Remote \(truncated\)`
	f.Remote(2.0)
	f.Remote(nil) // want `cannot use nil as int value`
	f.Remote(ray.Put(3))
	f.Remote(ray.Put("x")) // want `cannot use ray.Put\("x"\) \(value of type ray.ObjectRef\[string\]\) as int value`
	f.Remote(ray.Put(3).Ref())
	f.Remote(f.Remote(f.Remote(4)))
	var dynamic any = "?"
	f.Remote(dynamic)
	f.Remote([]any{1}...)
	ray.Remote[int](square).Options(ray.NumCPUs(1)).Remote("x") // want `cannot use "x"`
	f.Options(ray.MaxRetries(2)).Remote(true)                   // want `cannot use true \(constant true of type bool\) as int value in argument to f.Options\(ray.MaxRetries\(2\)\).Remote`
	global.Remote('a')
	global.Remote("b") // want `cannot use "b"`
	changing.Remote("c")

	g := ray.Remote[float64](scale)
	g.Remote(1, 2)
	x, k := 1, 2.0
	g.Remote(x, k) // numbers in variables are left to the run
	var short int16
	g.Remote(short, 1)                   // want `cannot use short \(variable of type int16\) as float64 value in argument to g.Remote`
	g.Remote(context.Background(), 1, 2) // want `too many arguments in call to g.Remote\n\thave \(context.Context, number, number\)\n\twant \(float64, int\)`

	j := ray.Remote[string](join)
	j.Remote() // want `not enough arguments in call to j.Remote\n\thave \(\)\n\twant \(string, ...string\)`
	j.Remote("-")
	j.Remote("-", "a", "b")
	j.Remote("-", "a", 7) // want `cannot use 7 \(untyped int constant\) as string value in argument to j.Remote`

	c := ray.Remote[int](climb)
	c.Remote(3, time.Second, true, nil, time.Second)
	c.Remote(300, 5, true, &point{}, nil) // want `cannot use 300 \(untyped int constant\) as level value in argument to c.Remote \(overflows\)`
	c.Remote(1, 1, 1, point{}, &point{})  // want `cannot use 1 \(untyped int constant\) as bool value` `cannot use point{} \(value of type point\) as \*point value` `does not implement fmt.Stringer \(missing method String\)`
	c.Remote(two())                       // want `not enough arguments in call to c.Remote\n\thave \(level, error\)`

	s := ray.Remote[int](sum)
	s.Remote([]ray.ObjectRef[int]{}, ray.Put(1))
	s.Remote([]ray.ObjectRef[string]{}, ray.Put("1")) // want `cannot use \[\]ray.ObjectRef\[string\]{}` `cannot use ray.Put\("1"\)`
}

func two() (level, error) { return 0, nil }

func generic[T any](f func(T) T, x T) ray.ObjectRef[T] {
	return ray.Remote[T](f).Remote(x)
}

func passed(f ray.RemoteFunc[int], l []ray.RemoteFunc[int]) {
	f.Remote("?")
	for _, f := range l {
		f.Remote("?")
	}
	h := l[0]
	h.Remote("?")
}

// Counter counts.
type Counter struct{ n int }

func newCounter(from int) *Counter       { return &Counter{from} }
func (c *Counter) Inc(by int) int        { c.n += by; return c.n }
func (c *Counter) Reset(context.Context) { c.n = 0 }
func (c Counter) show() string           { return "" }

func actors() {
	ray.NewActor[Counter](newCounter, 10)
	ray.NewActor[Counter](newCounter)        // want `not enough arguments in call to ray.NewActor\n\thave \(\)\n\twant \(int\)`
	ray.NewActor[Counter](newCounter, "ten") // want `cannot use "ten" \(untyped string constant\) as int value in argument to ray.NewActor`
	ray.NewActor[point](newCounter, 1)       // want `newCounter returns \*Counter, not \*point`
	class := ray.Actor[Counter](newCounter).Options(ray.NumCPUs(1))
	c := class.Remote(1)
	class.Remote(1, 2) // want `too many arguments in call to class.Remote`

	ray.Call[int](c, (*Counter).Inc, 1)
	ray.Call[int](c, (*Counter).Inc, "1")  // want `cannot use "1" \(untyped string constant\) as int value in argument to \(\*Counter\).Inc`
	ray.Call[string](c, (*Counter).Inc, 1) // want `\(\*Counter\).Inc returns int, not string`
	ray.Call[any](c, (*Counter).Reset)
	ray.Call[any](c, (*Counter).Reset, 1) // want `too many arguments in call to \(\*Counter\).Reset`
	ray.Call[string](c, Counter.show)
	ray.Call[int](c, "Inc", 2)
	ray.Call[int](c, "Inc", "2") // want `cannot use "2"`
	ray.Call[int](c, "Dec", 2)   // want `\*Counter has no exported method "Dec"`
	local := &Counter{}
	ray.Call[int](c, local.Inc, 2) // want `local.Inc is bound to a value of this process`
	ray.Call[int](c, square, 2)    // want `square is a func\(n int\) int, not a method of Counter`
	ray.Call[int](c, func(c *Counter, k int) int { return c.n + k }, 2)
}
