package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayjobs"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/ray"
)

// followPeriod is how often "goray logs -f" asks for more.
const followPeriod = 200 * time.Millisecond

// logSource says whose lines are wanted.
type logSource struct {
	core.Observation
	job string
}

// LogsMain is "goray logs": it writes what an actor, a task, a job, a worker, a node or the head has
// printed, also when it has died. It returns the exit code.
func LogsMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("logs", "[actor|task|job|worker|node] ID [-f] [--tail N] [--err] | head",
		"Write what somebody has printed, also when it has died: an actor (id or name), a task, a job, a worker (pid), a node, or the head itself.\n"+
			"Of each of the last 200 workers 1,000 lines and 256 KiB are kept; of a job RAY_ROTATION_MAX_BYTES (64 MiB) in each of two files.", stdout, stderr)
	address := c.address()
	follow := c.Bool("f", false, "go on with what comes")
	c.BoolVar(follow, "follow", false, "the same as -f")
	tail := c.Int("tail", 1000, "how many lines at the end; -1: all that are kept")
	onlyErr := c.Bool("err", false, "only what went to stderr")
	prefix := c.Bool("pid", false, "begin each line with the worker's pid")
	if code, done := c.Read(args); done {
		return code
	}
	most := 2
	if isDashboard(*address) { // node ID FILE
		most = 3
	}
	if !c.Wants(1, most) {
		return 2
	}
	if *tail < -1 {
		return c.Refuse("--tail %d; use a number ≥ 0, or -1 for all", *tail)
	}
	if isDashboard(*address) {
		return c.rayLogs(*address, rayjobs.LogQuery{Lines: *tail, Stderr: *onlyErr, Follow: *follow})
	}
	if c.Rest[0] == "head" && len(c.Rest) == 1 {
		if *follow {
			return c.Refuse("-f: the head's log is a file; follow it with tail -f %s", logFile())
		}
		return c.writeHeadLog(*tail)
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	source, err := findLogs(c.Rest)
	if err != nil {
		return c.Fail(err)
	}
	if source.job != "" {
		if *onlyErr {
			return c.Refuse("--err: a job's stdout and stderr are one stream; leave it out")
		}
		return c.writeJobLog(source.job, *tail, *follow)
	}
	show := func(lines []core.OutputLine) {
		for _, l := range lines {
			if *prefix {
				fmt.Fprintf(stdout, "(pid=%d) ", l.PID)
			}
			fmt.Fprintln(stdout, l.Text)
		}
	}
	wanted := func() ([]core.OutputLine, bool) { // what came since it was asked last
		lines, known := ask(source.Observation)
		if len(lines) > 0 {
			source.After = lines[len(lines)-1].Serial
		}
		if *onlyErr {
			lines = slices.DeleteFunc(lines, func(l core.OutputLine) bool { return !l.Stderr })
		}
		return lines, known
	}
	lines, known := wanted()
	if !known {
		return c.Fail(fmt.Errorf("nothing is known of %s; see goray list tasks, actors, workers, nodes and jobs", strings.Join(c.Rest, " ")))
	}
	if n := len(lines); *tail >= 0 && n > *tail {
		lines = lines[n-*tail:]
	}
	show(lines)
	if !*follow {
		return 0
	}
	over, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ender, err := backend[core.Ender]()
	if err != nil {
		return c.Fail(err)
	}
	tick := time.NewTicker(followPeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-over.Done():
			return 0
		case <-ender.Ended():
			return c.Fail(errors.New("the head has ended"))
		}
		done := finished(source)
		lines, _ := wanted()
		show(lines)
		if done {
			return 0
		}
	}
}

// ask asks the head for lines.
func ask(q core.Observation) (lines []core.OutputLine, known bool) {
	o, err := backend[interface {
		Lines(core.Observation) ([]core.OutputLine, bool)
	}]()
	if err != nil {
		return nil, false
	}
	return o.Lines(q)
}

// finished reports whether nothing more can come.
func finished(s logSource) bool {
	if s.ID == 0 {
		return s.PID != 0 && !slices.ContainsFunc(workers(), func(w ray.WorkerInfo) bool { return w.PID == s.PID })
	}
	if t, err := ray.GetTask(s.ID.String()); err == nil && (t.State == "FINISHED" || t.State == "FAILED") && t.Kind != "ACTOR_CREATION_TASK" {
		return true
	}
	if a, err := ray.GetActorInfo(s.ID.String()); err == nil && a.State == "DEAD" {
		return true
	}
	return false
}

func workers() []ray.WorkerInfo {
	l, err := ray.ListWorkers(ray.Limit(0))
	if err != nil {
		return nil
	}
	return l.Items
}

// findLogs finds whose lines "goray logs" should write. Without a kind it is found by the form.
func findLogs(rest []string) (s logSource, err error) {
	s.What = "output"
	name := rest[len(rest)-1]
	kinds := []string{"job", "node", "actor", "task", "worker"}
	if len(rest) == 2 {
		if kinds = []string{strings.TrimSuffix(rest[0], "s")}; !slices.Contains([]string{"job", "node", "actor", "task", "worker"}, kinds[0]) {
			return s, fmt.Errorf("there is no kind %q; use actor, task, job, worker or node", rest[0])
		}
	}
	for _, kind := range kinds {
		if found, err := s.find(kind, name, len(rest) == 2); err != nil || found {
			return s, err
		}
	}
	return s, fmt.Errorf("nothing is known of %s; see goray list tasks, actors, workers, nodes and jobs", strings.Join(rest, " "))
}

// find looks for one of a kind; certain says that it must be one.
func (s *logSource) find(kind, name string, certain bool) (found bool, err error) {
	switch kind {
	case "job":
		c, err := jobs.NewClient("auto")
		if err != nil {
			return false, err
		}
		i, err := c.Info(name)
		if err == nil {
			s.job = i.SubmissionID
		} else if certain {
			return false, err
		}
		return err == nil, nil
	case "node":
		for _, n := range ray.Nodes() {
			if n.ID == name {
				s.Node = name
				return true, nil
			}
		}
	case "actor":
		l, err := ray.ListActors(ray.Limit(0))
		if err != nil {
			return false, err
		}
		for _, a := range slices.Backward(l.Items) { // the newest of a name
			if a.ID == idOf(name) || a.Name == name {
				s.ID, err = core.ParseID(a.ID)
				return true, err
			}
		}
	case "worker":
		if pid, err := strconv.Atoi(name); err == nil {
			s.PID = pid
			return true, nil
		}
	case "task":
		if len(name) < 12 { // it may be a pid
			return false, nil
		}
		id, err := core.ParseID(name)
		s.ID = id
		return err == nil, nil
	}
	return false, nil
}

func (c *invocation) writeHeadLog(tail int) int {
	text, err := os.ReadFile(logFile())
	if errors.Is(err, os.ErrNotExist) {
		return c.Fail(errNoHead)
	}
	if err != nil {
		return c.Fail(err)
	}
	fmt.Fprint(c.Out, lastLines(string(text), tail))
	return 0
}

// writeJobLog writes the output of a job.
func (c *invocation) writeJobLog(id string, tail int, follow bool) int {
	client, err := jobs.NewClient("auto")
	if err != nil {
		return c.Fail(err)
	}
	if !follow {
		text, err := client.Logs(id)
		if err != nil {
			return c.Fail(err)
		}
		fmt.Fprint(c.Out, lastLines(text, tail))
		return 0
	}
	if _, err := client.Follow(id, c.Out); err != nil {
		return c.Fail(err)
	}
	return 0
}

// lastLines are the last n lines of a text; -1 is all.
func lastLines(text string, n int) string {
	if n < 0 || text == "" {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines[max(0, len(lines)-n):], "")
}
