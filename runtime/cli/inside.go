package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// MemoryMain is "goray memory": it writes which objects somebody holds, where they were made and by
// whom they are held. It returns the exit code.
func MemoryMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("memory", "[--group-by site|object] [--limit N] [--format F]", "Which objects somebody refers to: how large they are, where they were made, and who holds them.", stdout, stderr)
	address := c.address()
	group := c.String("group-by", "object", "object, or site for the sums of those made at one place")
	limit := c.Int("limit", ray.DefaultLimit, "how many at most; 0: all")
	format := c.String("format", "table", "table, json or yaml")
	if code, done := c.Read(args); done {
		return code
	}
	switch {
	case len(c.Rest) > 0:
		return c.Refuse("%q is no flag; see goray memory --help", c.Rest[0])
	case *group != "object" && *group != "site":
		return c.Refuse("--group-by %s; use object or site", *group)
	case !slices.Contains(formats, *format):
		return c.Refuse("--format %s; use one of %s", *format, strings.Join(formats, ", "))
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	m, err := ray.MemoryReport()
	if err != nil {
		return c.Fail(err)
	}
	records, columns, _ := sumObjects()
	if *group == "object" {
		records, columns = []record{}, []string{"object_id", "type", "state", "size", "made_at", "held_by"}
		for _, o := range m.Objects {
			made := o.Site
			if o.Maker != "" {
				made = strings.TrimPrefix(made+", "+o.Maker, ", ")
			}
			size := any(o.Size)
			if *format == "table" {
				size = sizeText(o.Size)
			}
			records = append(records, record{{"object_id", o.ID}, {"type", o.Kind}, {"state", o.State}, {"size", size}, {"references", o.References}, {"made_at", made}, {"held_by", strings.Join(o.Holders, ", ")}})
		}
	}
	total := len(records)
	if *limit > 0 && total > *limit {
		records = records[:*limit]
	}
	switch *format {
	case "json":
		err = writeJSON(stdout, records)
	case "yaml":
		err = writeYAML(stdout, records)
	default:
		if err = writeTable(stdout, records, columns); err == nil {
			_, err = fmt.Fprintf(stdout, "%d objects, %s\n", len(m.Objects), sizeText(m.Bytes))
		}
	}
	if err != nil {
		return c.Fail(err)
	}
	if len(records) < total {
		fmt.Fprintf(stderr, "%d of %d shown, the largest; use --limit to see others\n", len(records), total)
	}
	return 0
}

// StackMain is "goray stack": it writes what the goroutines of the head, of its workers and drivers do.
// It returns the exit code.
func StackMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("stack", "[PID]", "What each goroutine of the head, of its workers and of drivers does at this moment; with a PID of that process alone.", stdout, stderr)
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(0, 1) {
		return 2
	}
	pid := 0
	if len(c.Rest) == 1 {
		var err error
		if pid, err = strconv.Atoi(c.Rest[0]); err != nil || pid <= 0 {
			return c.Refuse("%q is no pid; goray list workers has them", c.Rest[0])
		}
	}
	leave, err := join("auto")
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	warden, err := backend[core.Warden]()
	if err != nil {
		return c.Fail(err)
	}
	stacks := slices.DeleteFunc(warden.Stacks(pid), func(s core.Stack) bool { return s.PID == os.Getpid() })
	if len(stacks) == 0 {
		return c.Fail(fmt.Errorf("no process of the head has the pid %d; goray list workers has them", pid))
	}
	writeStacks(stdout, stacks)
	return 0
}

func writeStacks(w io.Writer, stacks []core.Stack) {
	for _, s := range stacks {
		running := s.Running
		if running == "" {
			running = "idle"
		}
		fmt.Fprintf(w, "==== pid %d on %s: %s\n", s.PID, s.Node, running)
		if s.Text == "" {
			fmt.Fprint(w, "It did not answer within 2 s: it may be stopped.\n\n")
			continue
		}
		fmt.Fprintln(w, s.Text)
	}
}

// TimelineMain is "goray timeline": it writes what the workers did to a file for
// https://ui.perfetto.dev. It returns the exit code.
func TimelineMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("timeline", "[FILE]", "Write what the workers did to a file that https://ui.perfetto.dev and chrome://tracing open.", stdout, stderr)
	address := c.address()
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(0, 1) {
		return 2
	}
	path := "goray-timeline-" + time.Now().Format("2006-01-02_15-04-05") + ".json"
	if len(c.Rest) == 1 {
		path = c.Rest[0]
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	if err := ray.Timeline(path); err != nil {
		return c.Fail(err)
	}
	fmt.Fprintf(stdout, "The timeline is in %s; open it at https://ui.perfetto.dev or chrome://tracing.\n", path)
	return 0
}

// KillActorMain is "goray kill-actor NAME". It returns the exit code.
func KillActorMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("kill-actor", "NAME|ID [--namespace N] [--restart]", "End an actor at once; it does not start again unless --restart lets it.", stdout, stderr)
	address := c.address()
	namespace := c.String("namespace", "", "of the name (default: any)")
	restart := c.Bool("restart", false, "let it start again, if it has restarts left")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return 2
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	found, err := livingActors(c.Rest[0], *namespace)
	switch {
	case err != nil:
		return c.Fail(err)
	case len(found) == 0:
		return c.Fail(fmt.Errorf("no living actor is called %s; see goray list actors", c.Rest[0]))
	case len(found) > 1:
		var spaces []string
		for _, a := range found {
			spaces = append(spaces, a.Namespace)
		}
		return c.Refuse("there are actors called %s in the namespaces %s; choose one with --namespace", c.Rest[0], strings.Join(spaces, ", "))
	}
	id, err := core.ParseID(found[0].ID)
	if err == nil {
		err = core.AnyBackend().Kill(id, !*restart)
	}
	if err != nil {
		return c.Fail(err)
	}
	fmt.Fprintf(stdout, "Actor %s (%s, pid %d) was killed.\n", c.Rest[0], found[0].ID, found[0].PID)
	return 0
}

func livingActors(name, namespace string) (found []ray.ActorInfo, err error) {
	l, err := ray.ListActors(ray.Limit(0), ray.Filter("state", "!=", "DEAD"))
	if err != nil {
		return nil, err
	}
	for _, a := range l.Items {
		if a.ID == idOf(name) {
			return []ray.ActorInfo{a}, nil
		}
		if a.Name == name && (namespace == "" || namespace == a.Namespace) {
			found = append(found, a)
		}
	}
	return found, nil
}

// DrainMain is "goray drain NODE": nothing new is placed on the node, and it ends when what runs there
// has. It returns the exit code.
func DrainMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("drain", "NODE [--no-wait] [--deadline D]", "Let a node take no new tasks; it ends when those that run there have, and its objects have moved.", stdout, stderr)
	address := c.address()
	noWait := c.Bool("no-wait", false, "do not wait for the end")
	deadline := c.Duration("deadline", 0, "end it after that, whatever runs (default: never)")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return 2
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	id := c.Rest[0]
	if err := ray.DrainNode(id); err != nil {
		return c.Fail(err)
	}
	if *noWait {
		fmt.Fprintf(stdout, "Node %s is drained.\n", id)
		return 0
	}
	ender, err := backend[core.Ender]()
	if err != nil {
		return c.Fail(err)
	}
	begin := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for nodeAlive(id) {
		if *deadline > 0 && time.Since(begin) > *deadline {
			if err := ray.RemoveNode(id); err != nil {
				break // it has just ended by itself
			}
			fmt.Fprintf(stdout, "Node %s was ended after %v; its tasks run again elsewhere.\n", id, *deadline)
			return 0
		}
		select {
		case <-tick.C:
		case <-ender.Ended():
			return c.Fail(errors.New("the head has ended"))
		}
	}
	fmt.Fprintf(stdout, "Node %s is drained and has ended.\n", id)
	return 0
}
