package serve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/viz"
)

// ServeStatus is what runs at one moment.
type ServeStatus struct {
	URL  string // empty without a server
	Apps []AppStatus
}

// AppStatus is one application. Status is "DEPLOYING", "RUNNING" or "UNHEALTHY".
type AppStatus struct {
	Name, RoutePrefix string
	Status            string
	Deployments       []DeploymentStatus
}

// DeploymentStatus is one deployment. Status is "UPDATING", "HEALTHY" or "UNHEALTHY".
type DeploymentStatus struct {
	Name     string
	Status   string
	Message  string // why it is not healthy
	Restarts int    // replicas that were replaced
	Waiting  int    // requests without a replica yet
	Replicas []ReplicaStatus
}

// ReplicaStatus is one replica. State is "RUNNING" or "STARTING".
type ReplicaStatus struct {
	State   string
	PID     int
	Ongoing int   // requests from this process
	Total   int64 // requests that ended
}

// Status returns what runs.
func Status() ServeStatus {
	s := instance.server.Load()
	if s == nil {
		return ServeStatus{}
	}
	st := ServeStatus{URL: s.URL()}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.apps {
		st.Apps = append(st.Apps, a.status("RUNNING"))
	}
	for name, a := range s.coming {
		if s.apps[name] == nil {
			st.Apps = append(st.Apps, a.status("DEPLOYING"))
		}
	}
	slices.SortFunc(st.Apps, func(a, b AppStatus) int { return strings.Compare(a.Name, b.Name) })
	return st
}

func (a *application) status(status string) AppStatus {
	st := AppStatus{Name: a.name, RoutePrefix: a.prefix, Status: status}
	for i := len(a.deployments) - 1; i >= 0; i-- {
		d := a.deployments[i].status()
		if status == "RUNNING" && d.Status != "HEALTHY" {
			st.Status = "UNHEALTHY"
		}
		st.Deployments = append(st.Deployments, d)
	}
	return st
}

func (d *deployed) status() DeploymentStatus {
	d.mu.Lock()
	st := DeploymentStatus{Name: d.spec.Name, Status: "HEALTHY", Message: d.message, Restarts: d.restarts}
	d.mu.Unlock()
	d.router.mu.Lock()
	defer d.router.mu.Unlock()
	st.Waiting = len(d.router.waiting)
	for _, s := range d.router.slots {
		r := ReplicaStatus{State: "RUNNING", PID: s.pid, Ongoing: s.ongoing, Total: s.total}
		if s.actor == nil {
			r.State = "STARTING"
			if st.Status = "UPDATING"; s.born > 0 {
				st.Status = "UNHEALTHY"
			}
		}
		st.Replicas = append(st.Replicas, r)
	}
	return st
}

func (s ServeStatus) table() *viz.Table {
	var rows [][]any
	for _, a := range s.Apps {
		for _, d := range a.Deployments {
			route := "" // requests reach the ingress only
			if d.Name == a.Deployments[0].Name {
				route = a.RoutePrefix
			}
			for i, r := range d.Replicas {
				rows = append(rows, []any{route, d.Name, i, r.State, r.PID, r.Ongoing, r.Total})
			}
		}
	}
	t := viz.NewTable([]string{"route", "deployment", "replica", "state", "pid", "ongoing", "requests"}, rows)
	if t.Title = "Serve is not running"; s.URL != "" {
		t.Title = "Serve at " + s.URL
	}
	var notes []string
	for _, a := range s.Apps {
		for _, d := range a.Deployments {
			if d.Message != "" {
				notes = append(notes, fmt.Sprintf("%s: %s", d.Name, d.Message))
			}
		}
	}
	t.Note = strings.Join(notes, "; ")
	return t
}

// MIMEBundle shows a table of all replicas.
func (s ServeStatus) MIMEBundle() map[string]any { return s.table().MIMEBundle() }

// String is the table as text.
func (s ServeStatus) String() string { return fmt.Sprint(s.MIMEBundle()["text/plain"]) }
