package serve

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// sizes answers every number with the size of the batch that it was in.
func sizes(in []float64) ([]any, error) {
	out := make([]any, len(in))
	for i, x := range in {
		switch {
		case x == -2:
			return nil, errors.New("all fail")
		case x == -3:
			return out[:0], nil
		case x == -4:
			panic("no batch")
		case x < 0:
			out[i] = fmt.Errorf("negative: %v", x)
		default:
			out[i] = len(in)
		}
	}
	return out, nil
}

func TestBatching(t *testing.T) {
	s := serving(t)
	h := run(t, Deployment{Name: "sizes", Handler: sizes, Batch: &Batching{MaxSize: 10, Wait: time.Minute}}.Bind())
	// post sends ten requests at once, which make a batch, and counts the answers.
	post := func(bodies ...string) map[string]int {
		got := map[string]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 10 {
			body := "1"
			if i < len(bodies) {
				body = bodies[i]
			}
			wg.Go(func() {
				status, answer, _ := send(t, "POST", s.URL()+"/sizes", body)
				if status >= 400 {
					answer = strings.SplitN(answer, `"`, 5)[3]
				}
				mu.Lock()
				got[fmt.Sprint(status, " ", answer)]++
				mu.Unlock()
			})
		}
		wg.Wait()
		return got
	}
	for _, x := range []struct {
		bodies []string
		want   map[string]int
	}{
		{nil, map[string]int{"200 10": 10}},
		{[]string{"-1"}, map[string]int{"200 10": 9, "500 negative: -1": 1}},
		{[]string{"-2"}, map[string]int{"500 all fail": 10}},
		{[]string{"-3"}, map[string]int{"500 serve: sizes returned 0 results for a batch of 10; return one for each, in order": 10}},
		{[]string{"-4"}, map[string]int{"500 sizes panicked: no batch": 10}},
	} {
		if got := post(x.bodies...); fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("%v: got %v, want %v", x.bodies, got, x.want)
		}
	}
	if status, answer, _ := send(t, "POST", s.URL()+"/sizes", `"1"`); status != 422 {
		t.Error(status, answer)
	}
	var calls []*Response
	for i := range 10 {
		calls = append(calls, h.Call(i)) // whole numbers fit
	}
	for _, c := range calls {
		var n int
		if err := c.Into(&n); err != nil || n != 10 {
			t.Error(n, err)
		}
	}
	if _, err := Run(Deployment{Name: "single", Handler: tip, Batch: &Batching{}}.Bind()); err == nil || !strings.Contains(err.Error(), "make it func([ctx,] []In)") {
		t.Error(err)
	}
}

// A batch that is not full goes after the wait.
func TestBatchWait(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "sizes", Handler: sizes, Batch: &Batching{}}.Bind())
	run(t, Deployment{Name: "alone", Handler: sizes, Batch: &Batching{MaxSize: 1}}.Bind())
	for _, name := range []string{"sizes", "alone"} {
		if status, answer, _ := send(t, "POST", s.URL()+"/"+name, "5"); status != 200 || answer != "1" {
			t.Error(name, status, answer)
		}
	}
}
