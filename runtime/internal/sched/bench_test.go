package sched_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/goray/goray/runtime/internal/sched"
)

// million is what the figures are told about.
const million = 1_000_000

// million queued tasks, each of which waits for two others.
func queueMillion(s *sched.Sched, shape sched.Shape) {
	random := rand.New(rand.NewPCG(1, 2))
	after := make([]sched.Task, 2)
	for t := uint64(1); t <= million; t++ {
		if t <= 16 {
			s.Ready(sched.Task(t), shape)
			continue
		}
		after[0], after[1] = sched.Task(1+random.Uint64N(t-1)), sched.Task(1+random.Uint64N(t-1))
		s.Submit(sched.Submission{Task: sched.Task(t), Shape: shape, After: after})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMillionQueued tells what a task costs that waits for two others, in bytes of the heap,
// and how many are submitted and finished in a second.
func BenchmarkMillionQueued(b *testing.B) {
	for b.Loop() {
		before := heap()
		s := sched.New(sched.Config{Total: map[string]float64{"CPU": 4}, Prestart: 4})
		shape, _ := s.Shape(map[string]float64{"CPU": 1})
		queueMillion(s, shape)
		used := heap() - before
		b.ReportMetric(float64(used)/million, "bytes/task")
		b.ReportMetric(float64(used)/1e6, "MB")
		finished := 0
		for w := range sched.Worker(4) {
			s.WorkerUp(w+1, 1)
		}
		for actions := s.Actions(); len(actions) > 0; actions = s.Actions() {
			for _, a := range actions {
				if a.Kind == sched.Start {
					finished++
					s.Done(a.Worker, a.Task, 1000)
					s.Settled(a.Task)
				}
			}
		}
		if finished != million {
			b.Fatalf("%d of a million finished", finished)
		}
	}
	b.ReportMetric(float64(b.N)*million/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkSubmit submits tasks that wait for resources.
func BenchmarkSubmit(b *testing.B) {
	s := sched.New(sched.Config{Total: map[string]float64{"CPU": 4}, Prestart: 4})
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	t := sched.Task(0)
	for b.Loop() {
		t++
		s.Ready(t, shape)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "submits/s")
}

// BenchmarkRoundTrip is a task alone: placed, started, done.
func BenchmarkRoundTrip(b *testing.B) {
	for _, nodes := range []int{1, 10, 100} {
		b.Run(map[int]string{1: "1 node", 10: "10 nodes", 100: "100 nodes"}[nodes], func(b *testing.B) {
			s := sched.New(sched.Config{})
			for n := range nodes {
				id := s.AddNode(sched.NodeConfig{Total: map[string]float64{"CPU": 4}})
				s.WorkerUp(sched.Worker(n+1), id)
			}
			shape, _ := s.Shape(map[string]float64{"CPU": 1})
			s.Actions()
			t := sched.Task(0)
			b.ReportAllocs()
			for b.Loop() {
				t++
				s.Ready(t, shape)
				a := s.Actions()[0]
				s.Done(a.Worker, a.Task, 1e9)
			}
		})
	}
}

// BenchmarkPipelined is a stream of short tasks.
func BenchmarkPipelined(b *testing.B) {
	s := sched.New(sched.Config{Total: map[string]float64{"CPU": 4}, Prestart: 1})
	s.WorkerUp(1, 1)
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	s.Actions()
	t := sched.Task(0)
	var run []sched.Action
	b.ReportAllocs()
	for b.Loop() {
		t++
		s.Ready(t, shape)
		if run = append(run, s.Actions()...); len(run) > 50 {
			for _, a := range run {
				if a.Kind == sched.Start {
					s.Done(a.Worker, a.Task, 1000)
				}
			}
			run = append(run[:0], s.Actions()...)
		}
	}
}

// BenchmarkPendingGroups is a task that comes and goes while a thousand groups wait for more than
// is free.
func BenchmarkPendingGroups(b *testing.B) {
	s := sched.New(sched.Config{Total: map[string]float64{"CPU": 4}, Prestart: 1})
	s.WorkerUp(1, 1)
	for g := range sched.Group(1000) {
		s.AddGroup(g+1, []map[string]float64{{"CPU": 3}, {"CPU": 8}}, sched.Pack)
	}
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	s.Actions()
	t := sched.Task(0)
	b.ReportAllocs()
	for b.Loop() {
		t++
		s.Ready(t, shape)
		a := s.Actions()[0]
		s.Done(a.Worker, a.Task, 1e9)
	}
}
