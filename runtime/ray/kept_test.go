package ray_test

import (
	"context"
	"errors"
	"runtime"
	"runtime/pprof"
	"strconv"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// TestNothingIsKept: what ends leaves nothing behind in a session that goes on.
func TestNothingIsKept(t *testing.T) {
	ray.SetLiveScreen(func(map[string]any) func(map[string]any) { return func(map[string]any) {} })
	defer ray.SetLiveScreen(nil)
	both(t, func(t *testing.T) {
		stage := ray.NewActor[Stage](NewStage, 1)
		f, err := ray.CaptureFunc(square)
		if err != nil {
			t.Fatal(err)
		}
		view, err := ray.Dashboard()
		if err != nil && !errors.Is(err, errors.ErrUnsupported) { // in process there is none
			t.Fatal(err)
		}
		wantHooks, wantFuncs := 0, 1 // the function has one number
		if err == nil {
			wantHooks, wantFuncs = 1, 0 // of the view that lives
		}
		for range 5 {
			compiled, err := chain(stage).Compile()
			if err != nil {
				t.Fatal(err)
			}
			if err := compiled.Teardown(); err != nil {
				t.Fatal(err)
			}
			if wantHooks == 1 && !view.ShowLive() {
				t.Fatal("no live view")
			}
			check(t, ray.Remote[int](apply).Remote(f, 7), 49)
			if f, err = ray.Get(ray.Put(f)); err != nil {
				t.Fatal(err)
			}
		}
		if hooks, funcs, _ := ray.Kept(); hooks != wantHooks || funcs != wantFuncs {
			t.Errorf("the session keeps %d hooks and %d functions, not %d and %d", hooks, funcs, wantHooks, wantFuncs)
		}
	})
}

// TestCellsAreForgotten: the cell of a goroutine is known as long as a goroutine of it may ask.
func TestCellsAreForgotten(t *testing.T) {
	k := newKernel(t)
	start(t, ray.Config{InProcess: true, NumCPUs: 2})
	ask, answer := make(chan bool), make(chan error)
	k.run(t, "0", func() {
		ray.Put(1)
		ray.Must(ray.Get(ray.Remote[int](square).Remote(2)))
		go func() { // goes on when its cell has ended
			for range ask {
				_, err := ray.Get(ray.Remote[int](square).Remote(3))
				answer <- err
			}
		}()
	})
	for i := range 100 {
		k.run(t, strconv.Itoa(i+1), func() { ray.Must(ray.Get(ray.Remote[int](square).Remote(2))) })
	}
	for begun := time.Now(); ; {
		runtime.GC()
		_, _, origins := ray.Kept()
		if origins >= 1 && origins <= 5 {
			break
		}
		if time.Since(begun) > 30*time.Second {
			t.Fatalf("%d origins are kept after 101 cells", origins)
		}
		pprof.Do(t.Context(), pprof.Labels("no", "cell"), func(context.Context) {}) // lets go of what this thread has
	}
	// An interrupt of the cell that runs is none of the older one's.
	k.run(t, "200", func() {
		ray.Must(ray.Get(ray.Remote[int](square).Remote(2)))
		k.interrupt()
		ask <- true
		if err := <-answer; err != nil {
			t.Errorf("the goroutine of an earlier cell: %v", err)
		}
	})
	close(ask)
}
