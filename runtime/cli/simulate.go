package cli

import (
	"fmt"
	"io"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/ray"
)

// SimulateMain is "goray simulate": it lives through the histories of many seeds, and says which of them
// broke a rule. It returns the exit code: 1 when a rule was broken.
func SimulateMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("simulate", "[FLAGS]", "Live through made-up histories of a cluster with the scheduler that sessions use, and say which of them broke a rule.", stdout, stderr)
	seeds := c.Uint64("seeds", 1000, "how many seeds")
	from := c.Uint64("from", 0, "the first seed")
	nodes := c.Int("nodes", 0, "nodes at the beginning; 0: chosen by the seed")
	tasks := c.Int("tasks", 0, "tasks that are submitted; 0: chosen by the seed")
	failures := c.Float64("failures", 0, "how often things fail: 1 as often as usual, -1 never; 0: chosen by the seed")
	trace := c.Bool("trace", false, "tell the histories")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray simulate --help", c.Rest[0])
	}
	options := []ray.SimulateOption{ray.SimulatedNodes(*nodes), ray.SimulatedTasks(*tasks), ray.SimulatedFailures(*failures)}
	if *trace {
		options = append(options, ray.SimulatedTrace())
	}
	broken, events, all := 0, 0, 0
	for seed := *from; seed < *from+*seeds; seed++ {
		s, err := ray.Simulate(seed, options...)
		if s == nil {
			return c.Refuse("%v", err)
		}
		events += s.Events
		all += s.Tasks
		for _, line := range s.Trace {
			fmt.Fprintln(stdout, line)
		}
		if err != nil {
			broken++
			fmt.Fprintln(stderr, err)
		} else if *trace {
			fmt.Fprintln(stdout, s)
		}
	}
	fmt.Fprintf(stdout, "%d seeds, %d tasks, %d events: %d broke a rule\n", *seeds, all, events, broken)
	if broken > 0 {
		return command.Failed
	}
	return command.Done
}
