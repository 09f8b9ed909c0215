package ray_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// kindOf returns values of all kinds, in turns.
func kindOf(i int) (any, error) {
	switch i % 7 {
	case 0:
		return i, nil
	case 1:
		return fmt.Sprint("text ", i), nil
	case 2:
		return nil, nil
	case 3:
		return []int{i, i + 1}, nil
	case 4:
		return bytes.Repeat([]byte{byte(i)}, 200<<10), nil // in shared memory
	case 5:
		return strings.Repeat("long ", 1000), nil
	}
	return float64(i) / 2, nil
}

func failEighth(i int) (int, error) {
	if i == 8 {
		return 0, errors.New("it is the eighth")
	}
	return i, nil
}

func TestListsOfValuesOfAllKinds(t *testing.T) {
	both(t, func(t *testing.T) {
		f := ray.Remote[any](kindOf)
		var refs []ray.ObjectRef[any]
		const n = 600 // more than are looked up at once
		for i := range n {
			refs = append(refs, f.Remote(i))
		}
		values, err := ray.GetAll(refs)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range values {
			want, _ := kindOf(i)
			one, err := ray.Get(refs[i])
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range []any{got, one} {
				if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
					t.Fatalf("value %d is %.40T %.40v, want %.40v", i, got, got, want)
				}
			}
		}
	})
}

func TestTheFirstFailureOfAList(t *testing.T) {
	both(t, func(t *testing.T) {
		f := ray.Remote[int](failEighth)
		var refs []ray.ObjectRef[int]
		for i := range 20 {
			refs = append(refs, f.Remote(i))
		}
		var failed *ray.TaskError
		if _, err := ray.GetAll(refs); !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), "item 8: ") {
			t.Errorf("error %v", err)
		}
		if v, err := ray.GetAll(refs[:8]); err != nil || v[7] != 7 {
			t.Errorf("%v, %v", v, err)
		}
	})
}

func TestGetIntoWhatIsInUse(t *testing.T) {
	both(t, func(t *testing.T) {
		out := any("before")
		if err := ray.GetInto(nil, ray.Remote[any](kindOf).Remote(2).Ref(), &out); err != nil || out != nil {
			t.Errorf("%v, %v", out, err)
		}
	})
}

func TestWaitForLists(t *testing.T) {
	both(t, func(t *testing.T) {
		f := ray.Remote[any](kindOf)
		typed := []ray.ObjectRef[any]{f.Remote(0), f.Remote(1), f.Remote(2)}
		untyped := []*ray.Ref{typed[0].Ref(), typed[1].Ref(), typed[2].Ref()}
		mixed := []any{typed[0], untyped[1], typed[2]}
		for _, list := range []any{typed, untyped, mixed} {
			at, err := ray.WaitList(context.Background(), list, ray.NumReturns(3))
			if err != nil || fmt.Sprint(at) != "[0 1 2]" {
				t.Errorf("%T: %v, %v", list, at, err)
			}
			if at, err = ray.WaitList(context.Background(), list, ray.NumReturns(2)); err != nil || fmt.Sprint(at) != "[0 1]" {
				t.Errorf("%T: %v, %v", list, at, err)
			}
		}
		for _, list := range []any{3, nil, []int{1}} {
			if _, err := ray.WaitList(context.Background(), list); !errors.Is(err, ray.ErrInvalidCall) {
				t.Errorf("%T: error %v", list, err)
			}
		}
		ready, pending, err := ray.Wait([]ray.ObjectRef[any]{typed[2], typed[0], typed[1]}, ray.NumReturns(2))
		if err != nil || len(ready) != 2 || len(pending) != 1 || ready[0] != typed[2] || ready[1] != typed[0] || pending[0] != typed[1] {
			t.Errorf("%v, %v, %v", ready, pending, err)
		}
	})
}

// TestWaitingOneByOne waits often for the same references that are not ready yet.
func TestWaitingOneByOne(t *testing.T) {
	both(t, func(t *testing.T) {
		f := ray.Remote[any](kindOf)
		var left []ray.ObjectRef[any]
		seen := map[string]bool{}
		for i := range 300 {
			left = append(left, f.Remote(i*7))
		}
		for len(left) > 0 {
			ready, pending, err := ray.Wait(left)
			if err != nil || len(ready) != 1 || len(pending) != len(left)-1 || seen[ready[0].ID()] {
				t.Fatalf("%d ready, %d of %d pending, error %v", len(ready), len(pending), len(left), err)
			}
			seen[ready[0].ID()] = true
			left = pending
		}
	})
}
