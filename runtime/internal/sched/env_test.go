package sched

import (
	"slices"
	"testing"
)

// TestEnvironments: a worker runs tasks of its own environment only.
func TestEnvironments(t *testing.T) {
	s := New(Config{Total: map[string]float64{"CPU": 2}, Prestart: 1})
	var got []string
	act := func() []string {
		got = nil
		for _, a := range s.Actions() {
			text := a.String()
			if a.Env != "" {
				text += " in " + a.Env
			}
			got = append(got, text)
		}
		return got
	}
	want := func(list ...string) {
		t.Helper()
		if act(); !slices.Equal(got, list) {
			t.Errorf("got %q, want %q", got, list)
		}
	}
	plain := s.ShapeOf(Request{Resources: map[string]float64{"CPU": 1}})
	blue := s.ShapeOf(Request{Resources: map[string]float64{"CPU": 1}, Env: "blue"})
	want("spawn")
	s.WorkerUp(1, 1)
	s.Ready(10, blue)
	want("spawn in blue") // the idle worker is of another one
	s.Ready(11, plain)
	want("start 11 on 1")
	s.WorkerUpIn(2, 1, "blue")
	want("start 10 on 2")
	s.Done(2, 10, 1e9)
	s.Done(1, 11, 1e9)
	want()
	s.Ready(12, blue)
	s.Ready(13, plain)
	want("start 12 on 2", "start 13 on 1") // both were kept
	s.WorkerLost(2)
	want()
	s.Ready(14, blue)
	want("spawn in blue")
	s.SpawnFailedIn(1, "blue")
	want("spawn in blue")
}
