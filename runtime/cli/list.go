package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/ray"
)

// formats are what --format may name.
var formats = []string{"table", "json", "yaml"}

// ListMain is "goray list KIND": it lists what the head has of a kind. It returns the exit code.
func ListMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("list", "KIND [--filter KEY=VALUE] [--limit N] [--format F] [--detail]", "List what the head has. KIND is "+kindNames()+".", stdout, stderr)
	address := c.address()
	var o choice
	c.Func("filter", "KEY=VALUE or KEY!=VALUE, case does not matter; may be given several times", o.filter)
	c.IntVar(&o.limit, "limit", ray.DefaultLimit, "how many at most; 0: all")
	format := c.String("format", "", "table, json or yaml (default: table; yaml with --detail)")
	detail := c.Bool("detail", false, "all fields")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return 2
	}
	k := findKind(c.Rest[0])
	switch {
	case k == nil:
		return c.Refuse("there is no kind %q; use one of %s", c.Rest[0], kindNames())
	case o.limit < 0:
		return c.Refuse("--limit %d; use a number ≥ 0", o.limit)
	case *format != "" && !slices.Contains(formats, *format):
		return c.Refuse("--format %s; use one of %s", *format, strings.Join(formats, ", "))
	}
	cluster, leave, err := source(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	var records []record
	var total int
	columns := k.columns
	if cluster != nil {
		records, total, err = cluster.list(k.name, o, *detail)
		columns = rayKinds[k.name].columns
	} else {
		records, total, err = k.list(o)
	}
	if err != nil {
		return c.Fail(err)
	}
	switch {
	case *format == "json":
		err = writeJSON(stdout, records)
	case *format == "yaml", *format == "" && *detail:
		err = writeYAML(stdout, records)
	case len(records) == 0:
		fmt.Fprintf(stdout, "No %s.\n", strings.ReplaceAll(k.name, "-", " "))
	default:
		if *detail {
			columns = nil
			for _, f := range records[0] {
				columns = append(columns, f.key)
			}
		}
		err = writeTable(stdout, records, columns)
	}
	if err != nil {
		return c.Fail(err)
	}
	if len(records) < total { // on stderr: programs read the rest
		fmt.Fprintf(stderr, "%d of %d shown; use --limit or --filter to see others\n", len(records), total)
	}
	return 0
}

// filter reads one --filter.
func (o *choice) filter(s string) error {
	key, value, ok := strings.Cut(s, "=")
	if !ok || key == "" {
		return errors.New("want KEY=VALUE or KEY!=VALUE")
	}
	op := "="
	if k, not := strings.CutSuffix(key, "!"); not {
		key, op = k, "!="
	}
	o.filters = append(o.filters, ray.Filter(key, op, value))
	o.raw = append(o.raw, condition{key, op, value})
	return nil
}

// GetMain is "goray get KIND ID": it shows one of a kind with all its fields. It returns the exit code.
func GetMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("get", "KIND ID [--format F]", "Show one of a kind. KIND is "+kindNames()+"; IDs are those of goray list.", stdout, stderr)
	address := c.address()
	format := c.String("format", "yaml", "yaml or json")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(2, 2) {
		return 2
	}
	k := findKind(c.Rest[0])
	switch {
	case k == nil:
		return c.Refuse("there is no kind %q; use one of %s", c.Rest[0], kindNames())
	case *format != "yaml" && *format != "json":
		return c.Refuse("--format %s; use yaml or json", *format)
	}
	cluster, leave, err := source(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	if cluster != nil {
		r, err := cluster.get(k.name, c.Rest[1])
		if err != nil {
			return c.Fail(err)
		}
		return c.show(r, *format)
	}
	id := idOf(c.Rest[1])
	records, _, err := k.list(choice{})
	if err != nil {
		return c.Fail(err)
	}
	for _, r := range records {
		if !strings.EqualFold(fmt.Sprint(r.get(k.id)), id) && !(k.name == "jobs" && r.get("job_id") == c.Rest[1]) {
			continue
		}
		return c.show(r, *format)
	}
	return c.Fail(fmt.Errorf("there is no %s %s, or it is forgotten; see goray list %s", strings.TrimSuffix(k.name, "s"), c.Rest[1], k.name))
}

// show writes one record.
func (c *invocation) show(r record, format string) int {
	err := error(nil)
	if format == "json" {
		err = writeJSON(c.Out, r)
	} else {
		err = writeYAML(c.Out, []record{r})
	}
	if err != nil {
		return c.Fail(err)
	}
	return 0
}

// SummaryMain is "goray summary tasks|actors|objects": it counts them. It returns the exit code.
func SummaryMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("summary", "tasks|actors|objects [--format F]", "Count tasks by function and state, actors by class and state, or objects by where they were made.", stdout, stderr)
	address := c.address()
	format := c.String("format", "table", "table, json or yaml")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(1, 1) {
		return 2
	}
	what := map[string]func() ([]record, []string, error){"tasks": sumTasks, "actors": sumActors, "objects": sumObjects}[c.Rest[0]]
	switch {
	case what == nil:
		return c.Refuse("there is no summary of %q; use tasks, actors or objects", c.Rest[0])
	case !slices.Contains(formats, *format):
		return c.Refuse("--format %s; use one of %s", *format, strings.Join(formats, ", "))
	}
	cluster, leave, err := source(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	if cluster != nil {
		what = func() ([]record, []string, error) { return cluster.sum(c.Rest[0]) }
	}
	records, columns, err := what()
	if err == nil {
		switch *format {
		case "json":
			err = writeJSON(stdout, records)
		case "yaml":
			err = writeYAML(stdout, records)
		default:
			err = writeTable(stdout, records, columns)
		}
	}
	if err != nil {
		return c.Fail(err)
	}
	return 0
}

func sumTasks() (records []record, columns []string, err error) {
	s, err := ray.SummarizeTasks()
	if err != nil {
		return nil, nil, err
	}
	records = []record{}
	for _, row := range s.Rows {
		records = append(records, record{{"name", row.Name}, {"type", row.Kind}, {"states", row.States}, {"total", row.Total}, {"milliseconds", float64(row.Time.Microseconds()) / 1e3}})
	}
	return records, []string{"name", "type", "states", "total", "milliseconds"}, nil
}

func sumActors() (records []record, columns []string, err error) {
	l, err := ray.ListActors(ray.Limit(0))
	if err != nil {
		return nil, nil, err
	}
	states := map[string]map[string]int{}
	var order []string
	for _, a := range l.Items {
		if states[a.Class] == nil {
			states[a.Class] = map[string]int{}
			order = append(order, a.Class)
		}
		states[a.Class][a.State]++
	}
	slices.Sort(order)
	records = []record{}
	for _, class := range order {
		total := 0
		for _, n := range states[class] {
			total += n
		}
		records = append(records, record{{"class_name", class}, {"states", states[class]}, {"total", total}})
	}
	return records, []string{"class_name", "states", "total"}, nil
}

func sumObjects() (records []record, columns []string, err error) {
	m, err := ray.MemoryReport()
	if err != nil {
		return nil, nil, err
	}
	records = []record{}
	for _, g := range m.Groups {
		records = append(records, record{{"made_at", g.Site}, {"type", g.Kind}, {"objects", g.Count}, {"bytes", g.Bytes}, {"references", g.References}})
	}
	return records, []string{"made_at", "type", "objects", "bytes", "references"}, nil
}
