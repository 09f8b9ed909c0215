package ray

import (
	"flag"
	"fmt"
	"io"
)

// SimulateMain is "goray simulate [--seeds N] [--from S] [--nodes N] [--tasks N] [--failures R]
// [--trace]": it lives through the histories of N seeds, 1,000 by default, and says which of them
// broke a rule. With --trace it tells each history as text. It returns the exit code: 1 when a rule
// was broken, 2 for flags that it does not know.
func SimulateMain(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("goray simulate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seeds := flags.Uint64("seeds", 1000, "how many seeds")
	from := flags.Uint64("from", 0, "the first seed")
	nodes := flags.Int("nodes", 0, "nodes at the beginning; 0: chosen by the seed")
	tasks := flags.Int("tasks", 0, "tasks that are submitted; 0: chosen by the seed")
	failures := flags.Float64("failures", 0, "how often things fail: 1 as often as usual, -1 never; 0: chosen by the seed")
	trace := flags.Bool("trace", false, "tell the histories")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	options := []SimulateOption{SimulatedNodes(*nodes), SimulatedTasks(*tasks), SimulatedFailures(*failures)}
	if *trace {
		options = append(options, SimulatedTrace())
	}
	broken, events, all := 0, 0, 0
	for seed := *from; seed < *from+*seeds; seed++ {
		s, err := Simulate(seed, options...)
		if s == nil {
			fmt.Fprintln(stderr, err)
			return 2
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
		return 1
	}
	return 0
}
