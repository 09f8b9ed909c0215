package rayclient_test

import (
	"context"
	"io"
	"net"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
)

// wireTap is a network between driver and head that can be cut.
type wireTap struct {
	net.Listener
	to string

	mu    sync.Mutex
	open  map[net.Conn]bool
	cut   bool
	alive sync.WaitGroup
}

func tap(t *testing.T, to string) *wireTap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wireTap{Listener: l, to: to, open: map[net.Conn]bool{}}
	w.alive.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.alive.Go(func() { w.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.set(true)
		w.alive.Wait()
	})
	return w
}

// serve passes bytes on, unless the network is cut.
func (w *wireTap) serve(c net.Conn) {
	defer c.Close()
	there, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer there.Close()
	w.mu.Lock()
	if w.cut {
		w.mu.Unlock()
		return
	}
	w.open[c], w.open[there] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	for _, p := range [][2]net.Conn{{c, there}, {there, c}} {
		both.Go(func() {
			_, _ = io.Copy(p[0], p[1])
			p[0].Close()
			p[1].Close()
		})
	}
	both.Wait()
	w.mu.Lock()
	delete(w.open, c)
	delete(w.open, there)
	w.mu.Unlock()
}

// set cuts the network, or mends it.
func (w *wireTap) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	for c := range w.open {
		c.Close()
	}
}

// tally is an actor that counts its calls.
type tally struct{ n int }

func newTally() *tally              { return new(tally) }
func (t *tally) add(by int) int     { t.n += by; return t.n }
func echo(b []byte) ([]byte, error) { return b, nil }

// driver is a session and what tests do with it.
type driver struct {
	*testing.T
	core.Backend
	ctx context.Context
}

func connect(t *testing.T, address string) *driver {
	t.Helper()
	return connectAs(t, address, "tests")
}

func connectAs(t *testing.T, address, namespace string) *driver {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*rayhead.Patience)
	b, err := open(ctx, core.Config{Address: "ray://" + address, Namespace: namespace})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return &driver{t, b, ctx}
}

func (d *driver) spec(kind core.Kind, fn any, args ...any) *core.TaskSpec {
	d.Helper()
	f, _, err := marshal.Function(fn)
	if err != nil {
		d.Fatal(err)
	}
	s := &core.TaskSpec{ID: d.NewID(), Kind: kind, Func: &f, Options: new(core.DefaultActor())}
	if kind == core.Task {
		s.Options = new(core.DefaultTask())
	}
	for _, a := range args {
		v, err := marshal.Encode(reflect.ValueOf(a))
		if err != nil {
			d.Fatal(err)
		}
		s.Args = append(s.Args, core.Arg{Value: v})
	}
	return s
}

func (d *driver) submit(s *core.TaskSpec) core.ID {
	d.Helper()
	id := s.ID
	if err := d.Submit(s); err != nil {
		d.Fatal(err)
	}
	return id
}

func (d *driver) value(id core.ID) any {
	d.Helper()
	v, err := d.Get(d.ctx, []core.ID{id})
	if err != nil {
		d.Fatal(err)
	}
	if f := v[0].Failure; f != nil {
		d.Fatalf("%s: %s", f.Kind, f.Text)
	}
	x, err := marshal.Decode(v[0], nil)
	if err != nil {
		d.Fatal(err)
	}
	return x.Interface()
}

// TestCutNetwork cuts the network for 20 seconds while calls of an actor, large puts and gets are
// under way: nothing is lost, and nothing happens twice.
func TestCutNetwork(t *testing.T) { cutNetwork(t, rayhead.Address(t)) }

func cutNetwork(t *testing.T, address string) {
	w := tap(t, address)
	d := connect(t, w.Addr().String())
	ctor := d.spec(core.ActorStart, newTally)
	actor, err := d.CreateActor(ctor)
	if err != nil {
		t.Fatal(err)
	}
	add := func() core.ID {
		s := d.spec(core.ActorCall, (*tally).add, 1)
		s.Actor = actor
		return d.submit(s)
	}
	if got := d.value(add()); got != 1 {
		t.Fatal(got)
	}
	var calls []core.ID
	for i := range 300 {
		if i == 100 {
			w.set(true)
			mended := time.AfterFunc(20*time.Second, func() { w.set(false) })
			defer mended.Stop()
		}
		calls = append(calls, add())
	}
	large := make([]byte, 20<<20)
	v, err := marshal.EncodeAny(reflect.ValueOf(large))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	id := d.NewID()
	if err := d.Put(id, v); err != nil { // it waits for the network
		t.Fatal(err)
	}
	t.Logf("the put went through after %v", time.Since(began).Round(time.Second))
	for i, c := range calls {
		if got := d.value(c); got != i+2 {
			t.Fatalf("call %d gave %v, want %d", i, got, i+2)
		}
	}
	if got := d.value(id).([]byte); len(got) != len(large) {
		t.Errorf("%d bytes came back", len(got))
	}
}

// TestTenThousandReferences has ten thousand tasks and their results under way at once.
func TestTenThousandReferences(t *testing.T) {
	tenThousand(t, rayhead.Address(t), 0.1)
}

// tenThousand runs tasks that ask for so many CPUs each: a tenth of one brings ten workers for each.
func tenThousand(t *testing.T, address string, cpus float64) {
	d := connect(t, address)
	d.value(d.submit(d.spec(core.Task, echo, []byte("warm"))))
	const n = 10_000
	ids := make([]core.ID, n)
	began := time.Now()
	for i := range ids {
		v, err := marshal.EncodeAny(reflect.ValueOf(i))
		if err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			ids[i] = d.NewID()
			if err := d.Put(ids[i], v); err != nil {
				t.Fatal(err)
			}
			continue
		}
		s := d.spec(core.Task, echo, []byte{byte(i), byte(i >> 8)})
		s.Own().Resources = core.Resources{core.CPU: cpus}
		ids[i] = d.submit(s)
	}
	values, err := d.Get(d.ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if v.Failure != nil {
			t.Fatalf("reference %d: %s", i, v.Failure.Text)
		}
	}
	t.Logf("%d references in %v", n, time.Since(began).Round(time.Millisecond))
	for _, id := range ids {
		d.Release(id)
	}
	d.value(d.submit(d.spec(core.Task, echo, []byte("after"))))
}
