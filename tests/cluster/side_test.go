package cluster

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// envSide makes this binary Go's side of the comparison; its value is the cluster's address.
const envSide = "GORAY_BENCH_SIDE"

func addOne(x int) int { return x + 1 }

func length(b []byte) int { return len(b) }

// counter is an actor.
type counter struct{ n int }

func newCounter() *counter { return &counter{} }

// Add adds.
func (c *counter) Add(by int) int { c.n += by; return c.n }

// side obeys the lines of its input as beside.py does.
func side(address string) error {
	began := time.Now()
	quiet := false
	if _, err := ray.Init(ray.Config{Address: address, LogToDriver: &quiet}); err != nil {
		return err
	}
	defer ray.Shutdown()
	one := ray.Remote[int](addOne)
	if n, err := ray.Get(one.Remote(1)); err != nil || n != 2 {
		return fmt.Errorf("1 + 1 = %d, %v", n, err)
	}
	connect := time.Since(began).Seconds()
	c := ray.NewActor[counter](newCounter)
	if _, err := ray.Get(ray.Call[int](c, (*counter).Add, 1)); err != nil {
		return err
	}
	data := make([]byte, 100<<20)
	for i := range data {
		data[i] = 'x'
	}
	var stored ray.ObjectRef[[]byte]
	work := map[string]func() error{
		"task":  func() error { _, err := ray.Get(one.Remote(1)); return err },
		"actor": func() error { _, err := ray.Get(ray.Call[int](c, (*counter).Add, 1)); return err },
		"async": func() error {
			refs := make([]ray.ObjectRef[int], 1000)
			for i := range refs {
				refs[i] = one.Remote(i)
			}
			_, err := ray.GetAll(refs)
			return err
		},
		"put": func() error {
			stored = ray.Put(data)
			// A put of Go returns before Ray has the object; waiting for it makes the sides equal.
			_, _, err := ray.Wait([]ray.ObjectRef[[]byte]{stored}, ray.NumReturns(1))
			return err
		},
		"get": func() error { _, err := ray.Get(stored); return err },
		"gigabyte": func() error {
			large := ray.Put(make([]byte, 1<<30))
			n, err := ray.Get(ray.Remote[int](length).Remote(large)) // a task reads it there
			if err == nil && n != 1<<30 {
				err = fmt.Errorf("%d bytes arrived", n)
			}
			return err
		},
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]float64{"ready": connect})
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		seconds := connect
		if f := work[in.Text()]; f != nil {
			start := time.Now()
			if err := f(); err != nil {
				return err
			}
			seconds = time.Since(start).Seconds()
		}
		out.Encode(map[string]float64{"seconds": seconds})
	}
	return nil
}
