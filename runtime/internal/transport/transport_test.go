package transport_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
	"github.com/goray/goray/runtime/internal/transport"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair connects two ends in this process.
func pair(t testing.TB) (a, b *transport.Conn) {
	t.Helper()
	ours, theirs, err := transport.Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if a, err = transport.NewConn(ours); err != nil {
		t.Fatal(err)
	}
	fd, err := duplicate(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = transport.NewConn(fd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// TestBothWaysAtOnce writes much more than sockets hold before anybody reads.
func TestBothWaysAtOnce(t *testing.T) {
	a, b := pair(t)
	const frames = 300
	payload := func(i int) []byte {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		return bytes.Repeat([]byte{byte(i)}, r.IntN(60_000))
	}
	for i := range frames {
		for _, c := range []*transport.Conn{a, b} {
			c.Send(transport.Put, uint64(i), func(w *transport.Writer) { w.Bytes(payload(i)) })
		}
	}
	var readers sync.WaitGroup
	for _, c := range []*transport.Conn{a, b} {
		readers.Go(func() {
			for i := range frames {
				f, _, err := c.Next()
				if err != nil || f.ID != uint64(i) || f.Kind != transport.Put || !bytes.Equal(f.Payload.Bytes(), payload(i)) {
					t.Errorf("frame %d: id %d, %v", i, f.ID, err)
					return
				}
			}
		})
	}
	readers.Wait()
}

func TestDescriptorsFollowTheirFrames(t *testing.T) {
	a, b := pair(t)
	const frames = 600 // more than one message may carry
	for i := range frames {
		a.Queue(transport.Put, uint64(i), func(w *transport.Writer) {
			w.Uint(uint64(i))
			if i%3 != 0 {
				f, err := os.CreateTemp(t.TempDir(), "x")
				if err != nil {
					t.Error(err)
					return
				}
				f.WriteAt([]byte{byte(i), byte(i >> 8)}, 0)
				w.File(f)
			}
		})
	}
	a.Flush()
	for i := range frames {
		f, _, err := b.Next()
		if err != nil || f.Payload.Uint() != uint64(i) {
			t.Fatal(i, err)
		}
		if i%3 == 0 {
			continue
		}
		file := f.Payload.File()
		if file == nil {
			t.Fatalf("frame %d: %v", i, f.Payload.Err())
		}
		var got [2]byte
		if _, err := file.ReadAt(got[:], 0); err != nil || int(got[0])+int(got[1])<<8 != i {
			t.Fatalf("frame %d has file %v, %v", i, got, err)
		}
		file.Close()
	}
}

func TestEndOfThePeer(t *testing.T) {
	a, b := pair(t)
	a.Send(transport.Done, 7, nil)
	a.Flush()
	a.Close()
	if f, _, err := b.Next(); err != nil || f.ID != 7 {
		t.Errorf("%v, %v", f, err)
	}
	if _, _, err := b.Next(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	b.Send(transport.Done, 8, nil) // nobody hears it, nobody fails
	b.Flush()
	a.Close()
}

func TestSpecKeepsEverything(t *testing.T) {
	a, b := pair(t)
	fn := &core.FuncRef{Name: "square", Cell: "In[3]", Line: 4, Hash: "h", IsCell: true, Captures: core.Value{Inline: []byte("captured"), Refs: []core.ID{9}}}
	specs := []*core.TaskSpec{
		{ID: 1, Func: fn, Parent: 5, Args: []core.Arg{{Ref: 2}, {}}, Options: new(core.DefaultTask())},
		{ID: 2, Kind: core.ActorCall, Actor: 1, Method: "Inc", Options: new(core.DefaultActor())},
		{ID: 3, Kind: core.ActorStart, Func: fn, Options: &core.Options{Name: "nora", Resources: core.Resources{core.GPU: 0.5}, MaxRestarts: -1, RetryErrors: []string{"a"}, MaxConcurrency: 4}},
	}
	for i, s := range slices.Backward(specs) { // each after its like, and after another
		like := *s
		like.ID += 10
		specs = slices.Insert(specs, i+1, &like)
	}
	timed := core.TaskSpec{ID: 20, Kind: core.ActorCall, Actor: 1, Method: "Inc", Options: &core.Options{MaxConcurrency: 1, Timeout: time.Minute}, Left: time.Second}
	later := timed
	later.ID, later.Left = 21, time.Millisecond
	specs = append(specs, &timed, &later)
	value := &transport.Stored{Flat: []byte("flat"), Any: true, Refs: []core.ID{3, 4}}
	shared := &transport.Stored{Shared: true, Place: &transport.Place{Object: 6, Location: store.Location{Segment: 1, Offset: 64, Size: 1 << 20}}}
	failed := &transport.Stored{Failure: &core.Failure{Kind: core.UserError, Text: "boom", Cause: &core.ErrorTree{Type: "*x", Text: "boom"}}}
	for _, s := range specs {
		a.Queue(transport.Submit, uint64(s.ID), func(w *transport.Writer) {
			w.Spec(s, []*transport.Stored{nil, value}[:len(s.Args)])
			w.Stored(shared)
			w.Stored(failed)
		})
	}
	a.Flush()
	var first *core.FuncRef
	for _, want := range specs {
		f, _, err := b.Next()
		if err != nil {
			t.Fatal(err)
		}
		got, values := f.Payload.Spec(core.ID(f.ID))
		if len(got.Args) > 1 && !reflect.DeepEqual(values[1], value) {
			t.Errorf("value %+v", values[1])
		}
		if s := f.Payload.Stored(); !reflect.DeepEqual(s, shared) {
			t.Errorf("shared %+v", s)
		}
		if s := f.Payload.Stored(); !reflect.DeepEqual(s, failed) {
			t.Errorf("failed %+v", s)
		}
		if f.Payload.Err() != nil || !f.Payload.Empty() {
			t.Errorf("%v, more left: %v", f.Payload.Err(), !f.Payload.Empty())
		}
		if got.Func != nil {
			if first != nil && got.Func != first {
				t.Error("a function came twice")
			}
			first = got.Func
			if got.Func.Name != fn.Name || got.Func.Hash != fn.Hash || string(got.Func.Captures.Inline) != "captured" || got.Func.Captures.Refs[0] != 9 {
				t.Errorf("function %+v", got.Func)
			}
			got.Func = want.Func
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
}

// FuzzReader reads arbitrary payloads: an error is fine, anything worse is not.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, read := range []func(r *transport.Reader){
			func(r *transport.Reader) { r.Spec(1) },
			func(r *transport.Reader) { r.Stored() },
			func(r *transport.Reader) { r.IDs(); r.Grant(); r.File() },
			func(r *transport.Reader) { r.Func(); r.Bytes(); r.Bool(); r.Float() },
		} {
			r := transport.NewReader(payload)
			read(&r)
		}
	})
}
