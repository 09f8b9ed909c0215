package ray_test

import (
	"context"
	"errors"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func divide(a, b int) (int, int, error) {
	if b == 0 {
		return 0, 0, errBoom
	}
	return a / b, a % b, nil
}

func three(n int) (string, []byte, float64) {
	return itoa(n), make([]byte, n), float64(n)
}

func never(ctx context.Context) (int, int, error) { <-ctx.Done(); return 0, 0, ctx.Err() }

func divideRemotely(a, b int) (int, error) {
	q, r := ray.Remote2[int, int](divide).Remote(a, b)
	all, err := ray.GetAll([]ray.ObjectRef[int]{q, r})
	return total(all...), err
}

func TestSeveralResults(t *testing.T) {
	both(t, func(t *testing.T) {
		div := ray.Remote2[int, int](divide)
		q, r := div.Remote(17, 5)
		check(t, q, 3)
		check(t, r, 2)
		check(t, ray.Remote[int](square).Remote(r), 4) // one of them as an argument
		q, r = div.Remote(1, 0)
		for _, ref := range []ray.ObjectRef[int]{q, r} {
			if err := failed(ref); !errors.Is(err, errBoom) {
				t.Error(err)
			}
		}
		a, b, c := ray.Remote3[string, []byte, float64](three).Remote(300_000) // the second is shared memory
		check(t, a, "300000")
		check(t, c, 300000.0)
		if v, err := ray.Get(b); len(v) != 300_000 || err != nil {
			t.Error(len(v), err)
		}
		check(t, ray.Remote[int](divideRemotely).Remote(17, 5), 5)

		q, r = ray.Remote2[int, int](never).Remote()
		if err := ray.Cancel(r); err != nil { // any of them is the task
			t.Error(err)
		}
		for _, ref := range []ray.ObjectRef[int]{q, r} {
			if err := failed(ref); !errors.Is(err, ray.ErrTaskCancelled) {
				t.Error(err)
			}
		}
		q, _ = ray.Remote2[int, int](square).Remote(1)
		const want = "ray: ray_test.square is a func(int) int: it has 1 result(s) besides an error, not 2; give as many types as it has results"
		if err := failed(q); err == nil || err.Error() != want {
			t.Error(err)
		}
		if err := failed(ray.Remote[int](divide).Remote(1, 1)); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
	})
}
