package conn_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
)

func TestMain(m *testing.M) { os.Exit(rayhead.Main(m)) }

// dial connects to the head of these tests.
func dial(t *testing.T) (*conn.Conn, context.Context) {
	t.Helper()
	address := rayhead.Address(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithTimeout(t.Context(), rayhead.Patience)
	c, err := conn.Dial(ctx, conn.Config{Address: address, Namespace: "tests", Grace: conn.DefaultGrace})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
	})
	return c, ctx
}

func load(t *testing.T, data []byte, err error) any {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v, err := pickle.Load(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestPutAndGet stores values of several sizes, also when the stream breaks in between.
func TestPutAndGet(t *testing.T) {
	c, ctx := dial(t)
	for _, n := range []int{0, 1000, 12 << 20} {
		want := bytes.Repeat([]byte("0123456789abcdef"), n/16)
		var told int64
		id, err := c.Put(ctx, pickle.Buffers(want), func(sent, total int64) { told = sent }).ID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if told < int64(n) {
			t.Errorf("progress told %d bytes of %d", told, n)
		}
		data, err := c.Get(id).Data(ctx)
		if got := load(t, data, err).([]byte); !bytes.Equal(got, want) {
			t.Errorf("%d bytes: got %d", n, len(got))
		}
		c.Break()
		if data, err = c.Get(id).Data(ctx); !bytes.Equal(load(t, data, err).([]byte), want) {
			t.Errorf("after a break: %d bytes differ", n)
		}
	}
	if c.Reopened() == 0 {
		t.Error("the stream did not break")
	}
}

// A request need not wait until a large put has been sent.
func TestRequestsGoBetweenTheChunksOfAPut(t *testing.T) {
	c, ctx := dial(t)
	id, err := c.Put(ctx, pickle.Buffers("small"), nil).ID(ctx)
	if err != nil {
		t.Fatal(err)
	}
	begun, asked := make(chan struct{}), make(chan *conn.Reply, 1)
	go func() {
		<-begun
		asked <- c.Get(id)
	}()
	answered := false
	put := c.Put(ctx, pickle.Buffers(make([]byte, 300<<20)), func(sent, total int64) {
		if sent < 6<<20 {
			close(begun)
		}
		select {
		case get := <-asked: // it was sent between two chunks
			select {
			case <-get.Done():
				answered = sent < total
			case <-ctx.Done():
			}
		default:
		}
	})
	large, err := put.ID(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !answered {
		t.Error("a get was not answered while the put was sent")
	}
	c.Release([]string{id, large})
}

// A put that is given up leaves room for others, also when the stream breaks.
func TestAPutCanBeGivenUp(t *testing.T) {
	c, ctx := dial(t)
	want := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	for _, broken := range []bool{false, true} {
		short, cancel := context.WithCancel(ctx)
		defer cancel()
		var last atomic.Int64
		given := c.Put(short, pickle.Buffers(make([]byte, 50<<20)), func(sent, _ int64) {
			if last.Store(sent); sent > 10<<20 {
				cancel()
			}
		})
		if _, err := given.ID(short); !errors.Is(err, context.Canceled) {
			t.Errorf("the put that was given up: %v", err)
		}
		c.Abandon(given)
		if broken {
			c.Break()
		}
		id, err := c.Put(ctx, pickle.Buffers(want), nil).ID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n := last.Load(); n > 20<<20 {
			t.Errorf("%d bytes were sent of what was given up", n)
		}
		data, err := c.Get(id).Data(ctx)
		if got := load(t, data, err).([]byte); !bytes.Equal(got, want) {
			t.Error("the put after it arrived damaged")
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Put(ended, pickle.Buffers(want), nil).ID(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a put with an ended context: %v", err)
	}
}

// TestBreaksLoseNothing counts in the driver's process while the stream breaks again and again.
func TestBreaksLoseNothing(t *testing.T) {
	c, ctx := dial(t)
	one := pickle.Dump(pickle.Call{Fn: pickle.Call{Fn: pickle.Global{Module: "builtins", Name: "eval"},
		Args: pickle.Tuple{`lambda: __import__("sys").__dict__.setdefault("goray_count", []).append(1) or len(__import__("sys").goray_count)`}}, Args: pickle.Tuple{}})
	var replies []*conn.Reply
	for i := range 200 {
		replies = append(replies, c.Put(ctx, [][]byte{one}, nil))
		if i%40 == 39 {
			c.Break()
		}
	}
	for i, r := range replies {
		id, err := r.ID(ctx)
		if err != nil {
			t.Fatal(err)
		}
		data, err := c.Get(id).Data(ctx)
		if got := load(t, data, err); got != i+1 {
			t.Fatalf("request %d was the %vth", i, got)
		}
	}
	t.Logf("reopened %d times", c.Reopened())
}

func TestErrorsAreTyped(t *testing.T) {
	c, ctx := dial(t)
	bad := pickle.Dump(pickle.Call{Fn: pickle.Global{Module: "builtins", Name: "int"}, Args: pickle.Tuple{"x"}})
	_, err := c.Put(ctx, [][]byte{bad}, nil).ID(ctx)
	var remote *conn.RemoteError
	if !errors.As(err, &remote) {
		t.Fatalf("put of what cannot be: %v", err)
	}
	o := load(t, remote.Pickle, nil).(*pickle.Object)
	if o.Class.String() != "builtins.ValueError" {
		t.Errorf("the exception is a %s", o.Class)
	}
	if _, err := c.Wait(ctx, []string{strings.Repeat("x", 28)}, 1, 0); err == nil {
		t.Error("Wait for an unknown object gave no error")
	}
}

func TestNobodyThere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := conn.Dial(ctx, conn.Config{Address: "127.0.0.1:1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Dial with an ended context: %v", err)
	}
}
