package ray_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

func TestMaxPendingCalls(t *testing.T) {
	both(t, func(t *testing.T) {
		a := ray.Actor[waiter](newWaiter).Options(ray.MaxPendingCalls(2)).Remote()
		first, second := ray.Call[any](a, (*waiter).Wait), ray.Call[any](a, (*waiter).Wait)
		err := failed(ray.Call[int](a, (*waiter).Count))
		if !errors.Is(err, ray.ErrPendingCallsLimit) {
			t.Error(err)
		}
		const want = "calls of the actor ray_test.newWaiter are pending, as many as it takes; wait for some of them with ray.Wait, or raise ray.MaxPendingCalls(n)"
		if !strings.HasSuffix(err.Error(), want) {
			t.Error(err)
		}
		for _, ref := range []ray.ObjectRef[any]{second, first} {
			if err := ray.Cancel(ref); err != nil {
				t.Error(err)
			}
			if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
				t.Error(err)
			}
		}
		// The place of a call is free when the actor has left it, which is a little later.
		for {
			n, err := countOf(a)
			if errors.Is(err, ray.ErrPendingCallsLimit) {
				continue
			}
			if n != 1 || err != nil {
				t.Error(n, err)
			}
			return
		}
	})
}

func TestLargeCapture(t *testing.T) {
	start(t, ray.Config{InProcess: true, NumCPUs: 1})
	node.SetCode(&pieces)
	defer node.SetCode(nil)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.Stderr
	os.Stderr = w
	ray.Remote[int](declare("large", make([]byte, 2<<20)))
	os.Stderr = stderr
	w.Close()
	b, _ := io.ReadAll(r)
	r.Close()
	const want = "ray: warning: large in In[3] captures variables of 2.1 MB, which are copied to every worker that runs it; store them with ray.Put and capture the reference\n"
	if string(b) != want {
		t.Errorf("%q", b)
	}
}
