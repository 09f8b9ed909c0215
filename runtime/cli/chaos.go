package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// target is something that chaos may end. Its name says what it is in a way that is the same in every
// run: pids and ids are not.
type target struct {
	name string
	pid  int
	kill func() error
}

// ChaosMain is "goray chaos kill-worker|kill-node|kill-actor": it ends one now and then, chosen by a
// seed. It returns the exit code.
func ChaosMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("chaos", "kill-worker|kill-node|kill-actor [--every D] [--seed N] [--for D]",
		"End a worker process, a node (never the head's) or an actor's process now and then, to see that the work goes on.\n"+
			"Choices are made by the seed among names that do not depend on pids, so the same seed repeats the same kills.", stdout, stderr)
	every := c.Duration("every", 10*time.Second, "how often")
	seed := c.Uint64("seed", 1, "of the choices")
	last := c.Duration("for", time.Minute, "how long; 0: until it is interrupted")
	filter := c.String("name", "", "only those whose name contains this")
	dry := c.Bool("dry-run", false, "say what would be ended")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return 2
	}
	find := map[string]func() ([]target, error){"kill-worker": workerTargets, "kill-node": nodeTargets, "kill-actor": actorTargets}[c.Rest[0]]
	switch {
	case find == nil:
		return c.Refuse("%q is no kind of chaos; use kill-worker, kill-node or kill-actor", c.Rest[0])
	case *every <= 0 || *last < 0:
		return c.Refuse("--every and --for are durations > 0, as in 10s")
	}
	leave, err := join("auto")
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	ender, err := backend[core.Ender]()
	if err != nil {
		return c.Fail(err)
	}
	over, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	source := rand.New(rand.NewPCG(*seed, 0))
	tick := time.NewTicker(*every)
	defer tick.Stop()
	kills := 0
	for turn := 1; *last == 0 || time.Duration(turn)**every <= *last; turn++ {
		select {
		case <-tick.C:
		case <-over.Done():
			return c.endChaos(kills, *dry)
		case <-ender.Ended():
			return c.Fail(fmt.Errorf("the head has ended"))
		}
		draw := source.Uint64() // also where there is nothing to end: the next choice must not depend on it
		targets, err := find()
		if err != nil {
			return c.Fail(err)
		}
		targets = slices.DeleteFunc(targets, func(t target) bool { return !strings.Contains(t.name, *filter) })
		slices.SortFunc(targets, func(x, y target) int { return cmp.Compare(x.name, y.name) })
		at := time.Duration(turn) * *every
		if len(targets) == 0 {
			fmt.Fprintf(stdout, "%v: there is nothing to end\n", at)
			continue
		}
		t := targets[draw%uint64(len(targets))]
		if *dry {
			fmt.Fprintf(stdout, "%v: would end %s (pid %d)\n", at, t.name, t.pid)
			continue
		}
		if err := t.kill(); err != nil {
			fmt.Fprintf(stdout, "%v: %s could not be ended: %v\n", at, t.name, err)
			continue
		}
		kills++
		fmt.Fprintf(stdout, "%v: ended %s (pid %d)\n", at, t.name, t.pid)
		if log, err := backend[core.EventLog](); err == nil {
			log.Record(core.Event{Severity: "WARNING", Type: "CHAOS", ID: t.name, Message: fmt.Sprintf("goray chaos %s ended %s (seed %d)", c.Rest[0], t.name, *seed)})
		}
	}
	return c.endChaos(kills, *dry)
}

func (c *invocation) endChaos(kills int, dry bool) int {
	if !dry {
		fmt.Fprintf(c.Out, "%d ended\n", kills)
	}
	return 0
}

// workerTargets are worker processes, called by their node's place and their own among its workers.
func workerTargets() ([]target, error) {
	places := map[string]int{}
	for i, n := range ray.Nodes() {
		places[n.ID] = i + 1
	}
	l, err := ray.ListWorkers(ray.Limit(0))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.Items, func(x, y ray.WorkerInfo) int { return cmp.Compare(x.PID, y.PID) })
	count := map[string]int{}
	var list []target
	for _, w := range l.Items {
		count[w.NodeID]++
		list = append(list, target{
			name: fmt.Sprintf("node %d worker %02d", places[w.NodeID], count[w.NodeID]), pid: w.PID,
			kill: func() error { return syscall.Kill(w.PID, syscall.SIGKILL) },
		})
	}
	return list, nil
}

// nodeTargets are nodes but the head's, called by their places.
func nodeTargets() ([]target, error) {
	var list []target
	for i, n := range ray.Nodes() {
		if i == 0 || !n.Alive {
			continue
		}
		list = append(list, target{name: fmt.Sprintf("node %03d", i+1), kill: func() error { return ray.RemoveNode(n.ID) }})
	}
	return list, nil
}

// actorTargets are actors' processes, called by the actor's name, or by its class and its place among
// those.
func actorTargets() ([]target, error) {
	l, err := ray.ListActors(ray.Limit(0), ray.Filter("state", "=", "ALIVE"))
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	var list []target
	for _, a := range l.Items { // in the order of their creation
		count[a.Class]++
		name := a.Name
		if name == "" {
			name = fmt.Sprintf("%s %03d", a.Class, count[a.Class])
		}
		id, err := core.ParseID(a.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, target{name: "actor " + name, pid: a.PID, kill: func() error { return core.AnyBackend().Kill(id, false) }})
	}
	return list, nil
}
