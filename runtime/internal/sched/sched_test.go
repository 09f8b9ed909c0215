package sched

import (
	"fmt"
	"strings"
	"testing"
)

// script feeds events, one a line, and returns the actions after each.
func script(t *testing.T, c Config, events string) string {
	t.Helper()
	s := New(c)
	var out strings.Builder
	flush := func(event string) {
		var names []string
		for _, a := range s.Actions() {
			names = append(names, a.String())
		}
		fmt.Fprintf(&out, "%s: %s\n", event, strings.Join(names, ", "))
	}
	flush("new")
	for line := range strings.Lines(events) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		var verb string
		var a, b, d int64
		fmt.Sscan(line, &verb, &a, &b, &d)
		need := func(tenths int64, name string) Shape {
			sh, lack := s.Shape(map[string]float64{name: float64(tenths) / 10})
			if lack != "" {
				t.Fatal(lack)
			}
			return sh
		}
		switch verb {
		case "ready": // task, tenths of a CPU
			s.Ready(Task(a), need(b, "CPU"))
		case "gpu": // task, tenths of a GPU
			s.Ready(Task(a), need(b, "GPU"))
		case "actor":
			s.ReadyDedicated(Task(a), need(b, "CPU"))
		case "up":
			s.WorkerUp(Worker(a), max(1, Node(b)))
		case "done": // worker, task, nanoseconds
			s.Done(Worker(a), Task(b), d)
		case "lost":
			running, waiting := s.WorkerLost(Worker(a))
			line += fmt.Sprintf(" (running %d, waiting %v)", running, waiting)
		case "blocked":
			s.Blocked(Worker(a))
		case "unblocked":
			s.Unblocked(Worker(a))
		case "returned":
			s.Returned(Worker(a), []Task{Task(b)})
		case "remove":
			s.Remove(Task(a), need(b, "CPU"))
		default:
			t.Fatalf("unknown event %q", line)
		}
		flush(line)
	}
	return strings.TrimSpace(out.String())
}

func TestScripts(t *testing.T) {
	cpus := func(n float64) Config { return Config{Total: map[string]float64{"CPU": n}, Prestart: 2} }
	for _, test := range []struct {
		name   string
		config Config
		events string
		want   string
	}{
		{"first in, first out", cpus(1), "ready 1 10\n ready 2 10\n up 1\n up 2\n done 1 1 9000000", `
new: spawn, spawn
ready 1 10:
ready 2 10:
up 1: start 1 on 1
up 2:
done 1 1 9000000: start 2 on 1`},
		{"tenths add up", cpus(1), "up 1\n ready 1 3\n ready 2 3\n up 2\n ready 3 4\n up 3\n ready 4 1", `
new: spawn, spawn
up 1:
ready 1 3: start 1 on 1
ready 2 3:
up 2: start 2 on 2
ready 3 4: spawn
up 3: start 3 on 3
ready 4 1:`},
		{"a blocked task lends its CPU", cpus(1), "up 1\n up 2\n ready 1 10\n ready 2 10\n blocked 2\n unblocked 2\n ready 3 10\n done 1 2 9000000\n done 2 1 9000000", `
new: spawn, spawn
up 1:
up 2:
ready 1 10: start 1 on 2
ready 2 10:
blocked 2: start 2 on 1
unblocked 2:
ready 3 10:
done 1 2 9000000:
done 2 1 9000000: start 3 on 2`},
		{"short tasks are pipelined and recalled", cpus(2), "up 1\n up 2\n ready 1 10\n ready 2 10\n ready 3 10\n ready 4 10\n ready 5 10\n done 2 1 1000\n done 1 2 1000\n done 1 4 1000\n returned 2 5", `
new: spawn, spawn
up 1:
up 2:
ready 1 10: start 1 on 2
ready 2 10: start 2 on 1
ready 3 10:
ready 4 10:
ready 5 10:
done 2 1 1000: start 3 on 2, start 4 on 2, start 5 on 2
done 1 2 1000: recall 1 from 2
done 1 4 1000:
returned 2 5: start 5 on 1`},
		{"what waits behind a blocked task is recalled", cpus(1), "up 1\n up 2\n ready 1 10\n done 2 1 1000\n ready 2 10\n ready 3 10\n blocked 2\n returned 2 3", `
new: spawn, spawn
up 1:
up 2:
ready 1 10: start 1 on 2
done 2 1 1000:
ready 2 10: start 2 on 2
ready 3 10: start 3 on 2
blocked 2: recall 1 from 2
returned 2 3: start 3 on 1`},
		{"a worker that gave everything back is free", cpus(1), "up 1\n up 2\n ready 1 10\n done 2 1 1000\n ready 2 10\n ready 3 10\n done 2 2 1000\n returned 2 3\n done 2 3 1000\n ready 4 10", `
new: spawn, spawn
up 1:
up 2:
ready 1 10: start 1 on 2
done 2 1 1000:
ready 2 10: start 2 on 2
ready 3 10: start 3 on 2
done 2 2 1000:
returned 2 3: start 3 on 2
done 2 3 1000:
ready 4 10: start 4 on 2`},
		{"a lost worker gives everything back", cpus(1), "up 1\n ready 1 10\n lost 1\n ready 1 10\n up 2", `
new: spawn, spawn
up 1:
ready 1 10: start 1 on 1
lost 1 (running 1, waiting []): spawn
ready 1 10:
up 2: start 1 on 2`},
		{"an actor keeps its worker, which is replaced", cpus(1), "up 1\n actor 1 0\n done 1 1 5\n ready 2 10\n up 2\n up 3", `
new: spawn, spawn
up 1:
actor 1 0: spawn, start 1 on 1
done 1 1 5:
ready 2 10:
up 2: start 2 on 2
up 3:`},
		{"a cancelled task is skipped", cpus(1), "ready 1 10\n ready 2 10\n remove 1 10\n up 1", `
new: spawn, spawn
ready 1 10:
ready 2 10:
remove 1 10:
up 1: start 2 on 1`},
		{"fractions share a GPU, wholes do not", Config{Total: map[string]float64{"CPU": 4, "GPU": 2}, Prestart: 4}, "up 1\n up 2\n up 3\n up 4\n gpu 1 5\n gpu 2 5\n gpu 3 10\n gpu 4 5\n done 4 1 9000000", `
new: spawn, spawn, spawn, spawn
up 1:
up 2:
up 3:
up 4:
gpu 1 5: start 1 on 4 with GPUs [0]
gpu 2 5: start 2 on 3 with GPUs [0]
gpu 3 10: start 3 on 2 with GPUs [1]
gpu 4 5:
done 4 1 9000000: start 4 on 4 with GPUs [0]`},
		{"workers of a burst are stopped", Config{Total: map[string]float64{"CPU": 4}, Prestart: 1}, "up 1\n ready 1 10\n ready 2 10\n up 2\n done 1 1 9000000\n done 2 2 9000000", `
new: spawn
up 1:
ready 1 10: start 1 on 1
ready 2 10: spawn
up 2: start 2 on 2
done 1 1 9000000:
done 2 2 9000000: stop 1`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := script(t, test.config, test.events)
			var lines []string
			for line := range strings.Lines(got) {
				lines = append(lines, strings.TrimSpace(line))
			}
			if got := strings.Join(lines, "\n"); got != strings.TrimSpace(test.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, strings.TrimSpace(test.want))
			}
		})
	}
}

func TestInfeasible(t *testing.T) {
	s := New(Config{Total: map[string]float64{"CPU": 2}})
	for _, test := range []struct {
		need map[string]float64
		want string
	}{
		{map[string]float64{"CPU": 3}, "it asks for CPU 3, the cluster has 2"},
		{map[string]float64{"disk": 1}, "it asks for disk 1, the cluster has none"},
		{map[string]float64{"CPU": 2, "GPU": 0}, ""},
	} {
		if _, got := s.Shape(test.need); got != test.want {
			t.Errorf("%v: %q, want %q", test.need, got, test.want)
		}
	}
}

func TestRetryDelay(t *testing.T) {
	var got []int
	for attempt := range 5 {
		got = append(got, RetryDelay(attempt, 3))
	}
	if want := []int{0, 40, 80, NoRetry, NoRetry}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if d := RetryDelay(1000, -1); d != 5000 {
		t.Errorf("without limit: %d", d)
	}
}

// A recursion must not need a process for each of its calls.
func TestRecursionRunsDepthFirst(t *testing.T) {
	s := New(Config{Total: map[string]float64{"CPU": 2}, Prestart: 2})
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	const depth = 11
	type call struct {
		level   int
		parent  Task
		worker  Worker
		missing int
	}
	calls := map[Task]*call{}
	var next Task
	submit := func(level int, parent Task) {
		next++
		calls[next] = &call{level: level, parent: parent}
		s.Ready(next, shape)
	}
	submit(0, 0)
	workers, most, finished := Worker(0), 0, 0
	var finish func(id Task)
	finish = func(id Task) {
		c := calls[id]
		finished++
		s.Done(c.worker, id, 1e9)
		if parent := calls[c.parent]; parent != nil {
			if parent.missing--; parent.missing == 0 {
				s.Unblocked(parent.worker)
				finish(c.parent)
			}
		}
	}
	for actions := s.Actions(); len(actions) > 0; actions = s.Actions() {
		for _, a := range actions {
			switch a.Kind {
			case Spawn:
				workers++
				most = max(most, len(s.workers)+1)
				s.WorkerUp(workers, a.Node)
			case Start:
				c := calls[a.Task]
				c.worker = a.Worker
				if c.level == depth {
					finish(a.Task)
					continue
				}
				c.missing = 2
				submit(c.level+1, a.Task)
				submit(c.level+1, a.Task)
				s.Blocked(a.Worker)
			}
		}
	}
	if want := 1<<(depth+1) - 1; finished != want {
		t.Errorf("%d calls finished, want %d", finished, want)
	}
	if most > 60 {
		t.Errorf("%d workers at the same time for a recursion of depth %d", most, depth)
	}
}
