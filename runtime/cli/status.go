package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// status is what "goray status" tells; its JSON is for programs.
type status struct {
	Nodes     []nodeStatus       `json:"nodes"`
	Resources map[string]use     `json:"resources"`
	Demands   []demand           `json:"demands"`
	Failures  []ray.Event        `json:"recent_failures"`
	Tasks     map[string]int     `json:"tasks"` // by state
	Dashboard string             `json:"dashboard"`
	Drivers   []core.DriverState `json:"drivers"` // that are there
}

type nodeStatus struct {
	ID        string             `json:"node_id"`
	State     string             `json:"state"`
	Resources map[string]float64 `json:"resources"`
	Labels    map[string]string  `json:"labels"`
}

type use struct {
	Used  float64 `json:"used"`
	Total float64 `json:"total"`
}

type demand struct {
	Kind       string               `json:"kind"`
	Count      int                  `json:"count"`
	Resources  []map[string]float64 `json:"resources"`
	Strategy   string               `json:"strategy,omitempty"`
	Infeasible bool                 `json:"infeasible"`
	foreign    bool                 // Ray's, which does not explain
}

// shownFailures is how many failures are recent.
const shownFailures = 10

// StatusMain is "goray status": it writes what the head has and does, what is wanted of it, and what
// failed lately. It returns the exit code.
func StatusMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("status", "[--json]", "What the head has and does, what waits for resources, and what failed lately.", stdout, stderr)
	address := c.address()
	asJSON := c.Bool("json", false, "for programs")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray status --help", c.Rest[0])
	}
	cluster, leave, err := source(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	find := findStatus
	if cluster != nil {
		find = cluster.status
	}
	s, err := find()
	if err != nil {
		return c.Fail(err)
	}
	if *asJSON {
		if err := writeJSON(stdout, s); err != nil {
			return c.Fail(err)
		}
		return 0
	}
	s.write(stdout)
	return 0
}

func findStatus() (*status, error) {
	s := &status{Nodes: []nodeStatus{}, Resources: map[string]use{}, Demands: []demand{}, Failures: []ray.Event{}, Tasks: map[string]int{}, Drivers: []core.DriverState{}}
	for _, n := range ray.Nodes() {
		state := "DEAD"
		if n.Alive {
			state = "ALIVE"
		}
		s.Nodes = append(s.Nodes, nodeStatus{n.ID, state, n.Resources, n.Labels})
	}
	total, free := ray.ClusterResources(), ray.AvailableResources()
	for name, amount := range total {
		s.Resources[name] = use{amount - free[name], amount}
	}
	s.Dashboard = core.AnyBackend().Info().DashboardURL
	tasks, err := ray.SummarizeTasks()
	if err != nil {
		return nil, err
	}
	for _, row := range tasks.Rows {
		for state, n := range row.States {
			s.Tasks[state] += n
		}
	}
	if warden, err := backend[core.Warden](); err == nil {
		for _, d := range warden.Demands() {
			s.Demands = append(s.Demands, s.demand(d))
		}
		for _, d := range warden.Drivers() {
			if d.Left.IsZero() && d.Namespace != ownNamespace {
				s.Drivers = append(s.Drivers, d)
			}
		}
	}
	if events, err := ray.ListEvents(ray.Filter("severity", "!=", "INFO"), ray.Limit(shownFailures)); err == nil {
		s.Failures = append(s.Failures, events.Items...)
	}
	return s, nil
}

// demand tells whether any node could ever satisfy what is asked for.
func (s *status) demand(d core.Demand) demand {
	out := demand{Kind: d.Kind, Count: d.Count, Strategy: d.Strategy}
	for _, r := range d.Resources {
		out.Resources = append(out.Resources, r)
		out.Infeasible = out.Infeasible || !slices.ContainsFunc(s.Nodes, func(n nodeStatus) bool {
			for name, amount := range r {
				if n.State != "ALIVE" || n.Resources[name] < amount {
					return false
				}
			}
			return true
		})
	}
	return out
}

// String is "2 pending {CPU: 2} (task)".
func (d demand) String() string {
	var bundles []string
	for _, r := range d.Resources {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(r)) {
			parts = append(parts, fmt.Sprintf("%s: %s", name, amountText(name, r[name])))
		}
		bundles = append(bundles, "{"+strings.Join(parts, ", ")+"}")
	}
	text := fmt.Sprintf("%d pending %s (%s)", d.Count, strings.Join(bundles, " + "), strings.TrimSpace(d.Kind+" "+d.Strategy))
	if d.Infeasible {
		text += ": no node that is there could ever run it"
	}
	if d.Infeasible && !d.foreign {
		text += "; goray explain ID says why"
	}
	return text
}

// resourceText is "CPU 2, memory 4.0 GiB".
func resourceText(r map[string]float64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		parts = append(parts, name+" "+amountText(name, r[name]))
	}
	return strings.Join(parts, ", ")
}

func amountText(name string, amount float64) string {
	if name == core.Memory || name == core.Store {
		return sizeText(int64(amount))
	}
	return fmt.Sprintf("%g", amount)
}

func sizeText(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	x, i := float64(n)/unit, 0
	for ; x >= unit && i < 3; i++ {
		x /= unit
	}
	return fmt.Sprintf("%.1f %ciB", x, "KMGT"[i])
}

func (s *status) write(w io.Writer) {
	fmt.Fprintln(w, "Nodes:")
	for _, n := range s.Nodes {
		fmt.Fprintf(w, "  %-5s  %s  %s\n", n.State, n.ID, resourceText(n.Resources))
	}
	fmt.Fprintln(w, "\nUsage:")
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		u := s.Resources[name]
		fmt.Fprintf(w, "  %s of %s %s\n", amountText(name, u.Used), amountText(name, u.Total), name)
	}
	if len(s.Resources) == 0 {
		fmt.Fprintln(w, "  (not reported yet)")
	}
	fmt.Fprintln(w, "\nTasks:")
	for _, state := range slices.Sorted(maps.Keys(s.Tasks)) {
		fmt.Fprintf(w, "  %d %s\n", s.Tasks[state], state)
	}
	if len(s.Tasks) == 0 {
		fmt.Fprintln(w, "  (none)")
	}
	fmt.Fprintln(w, "\nDemands:")
	for _, d := range s.Demands {
		fmt.Fprintln(w, "  "+d.String())
	}
	if len(s.Demands) == 0 {
		fmt.Fprintln(w, "  (no resource demands)")
	}
	fmt.Fprintln(w, "\nRecent failures:")
	for _, e := range s.Failures {
		message, _, _ := strings.Cut(e.Message, "\n")
		fmt.Fprintf(w, "  %s %s %s\n", e.Time.Format("15:04:05"), e.Type, message)
	}
	if len(s.Failures) == 0 {
		fmt.Fprintln(w, "  (no failures)")
	}
	if s.Dashboard != "" {
		fmt.Fprintf(w, "\nDashboard: %s\n", s.Dashboard)
	}
}
