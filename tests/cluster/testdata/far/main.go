// Program far is a driver, of the cluster that GORAY_ADDRESS names, whose functions run on a node of
// another platform. It prints a line for each thing that it tried.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/goray/goray/runtime/ray"
)

type order struct {
	ID    int
	Parts []part
	note  string
}

type part struct {
	Name  string
	Price float64
}

type tooDear struct{ Limit float64 }

func (e *tooDear) Error() string { return fmt.Sprintf("more than %v", e.Limit) }

func where() string { return runtime.GOARCH }

func total(o order) (float64, error) {
	sum := 0.0
	for _, p := range o.Parts {
		sum += p.Price
	}
	if sum > 100 {
		return 0, &tooDear{100}
	}
	return sum, nil
}

// describe returns something of a type that the caller does not know.
func describe(x any) any {
	o := x.(order)
	return map[string]any{"order": order{o.ID + 1, o.Parts, o.note + " on " + runtime.GOARCH}}
}

func double[T int | float64](x T) T { return 2 * x }

var shout = func(s string) string { return s + "!" }

// there asks for a function on the node that it does not run on.
func there() (string, error) {
	back, err := ray.Get(ray.Remote[string](where).Options(ray.Resource("near", 1)).Remote())
	return runtime.GOARCH + " asks " + back, err
}

type counter struct{ n int }

func newCounter(n int) *counter { return &counter{n} }

// Add adds.
func (c *counter) Add(n int) int { c.n += n; return c.n }

// Where is the platform of the actor.
func (c *counter) Where() string { return runtime.GOARCH }

func main() {
	quiet := false
	if _, err := ray.Init(ray.Config{LogToDriver: &quiet}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer ray.Shutdown()
	far, near := ray.Resource("far", 1), ray.Resource("near", 1)
	small := order{1, []part{{"a", 1.5}, {"b", 2}}, "note"}
	say := func(what string, v any, err error) {
		if err != nil {
			v = err
		}
		fmt.Printf("%s: %v\n", what, v)
	}
	s, err := ray.Get(ray.Remote[string](where).Options(near).Remote())
	say("near", s, err)
	s, err = ray.Get(ray.Remote[string](where).Options(far).Remote())
	say("far", s, err)
	f, err := ray.Get(ray.Remote[float64](total).Options(far).Remote(small))
	say("struct", f, err)
	_, err = ray.Get(ray.Remote[float64](total).Options(far).Remote(order{Parts: []part{{"c", 1000}}}))
	var dear *tooDear
	say("error", errors.As(err, &dear) && dear.Limit == 100, nil)
	a, err := ray.Get(ray.Remote[any](describe).Options(far).Remote(small))
	say("any", fmt.Sprintf("%+v", a), err)
	i, err := ray.Get(ray.Remote[int](double[int]).Options(far).Remote(21))
	say("generic", i, err)
	f, err = ray.Get(ray.Remote[float64](double[float64]).Options(far).Remote(1.25))
	say("another", f, err)
	s, err = ray.Get(ray.Remote[string](shout).Options(far).Remote("hey"))
	say("variable", s, err)
	i, err = ray.Get(ray.Remote[int](func(x int) int { return x - 1 }).Options(far).Remote(8))
	say("closure", i, err)
	s, err = ray.Get(ray.Remote[string](there).Options(far).Remote())
	say("nested", s, err)
	c := ray.Actor[counter](newCounter).Options(far).Remote(10)
	_, err = ray.Get(ray.Call[int](c, (*counter).Add, 5))
	say("actor", "", err)
	i, err = ray.Get(ray.Call[int](c, (*counter).Add, 5))
	say("state", i, err)
	s, err = ray.Get(ray.Call[string](c, (*counter).Where))
	say("home", s, err)
}
