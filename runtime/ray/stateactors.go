package ray

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
)

// ActorInfo describes an actor at one moment.
type ActorInfo struct {
	ID              string
	Name, Namespace string // empty for most
	Class           string // its constructor
	State           string // "PENDING", "ALIVE", "RESTARTING", "DEAD"
	NodeID          string
	PID             int
	Restarts        int
	PendingCalls    int
	DeathCause      string // of a dead one
	JobID           string // of the driver that made it
}

// ActorList is what [ListActors] has found. Notebooks show it as a table.
type ActorList struct {
	Items []ActorInfo
	Total int // that fit the filters, also those beyond the limit
}

var actorKeys = []string{"actor_id", "name", "ray_namespace", "class_name", "state", "node_id", "job_id", "pid"}

func actorValue(a *core.ActorInfo, key string) string {
	switch key {
	case "actor_id":
		return actorID(a)
	case "name":
		return a.Name
	case "ray_namespace":
		return a.Namespace
	case "class_name":
		return a.Class
	case "state":
		return a.State
	case "node_id":
		return a.Node
	case "job_id":
		return a.Job
	}
	return fmt.Sprint(a.PID)
}

// actorID is the id that people see: Ray's on its clusters.
func actorID(a *core.ActorInfo) string {
	if a.RayID != "" {
		return a.RayID
	}
	return a.ID.String()
}

func actorInfo(a *core.ActorInfo) ActorInfo {
	return ActorInfo{
		ID: actorID(a), Name: a.Name, Namespace: a.Namespace, Class: a.Class, State: a.State, NodeID: a.Node,
		PID: a.PID, Restarts: a.Restarts, PendingCalls: a.Pending, DeathCause: a.Death, JobID: a.Job,
	}
}

// ListActors lists the session's actors in the order of their creation, with the last 1,000 that have
// died. Without [Limit] it lists 100. [Filter] knows actor_id, name, ray_namespace, class_name, state,
// node_id, job_id and pid.
func ListActors(opts ...ListOption) (*ActorList, error) {
	o, _, err := observer("ListActors")
	if err != nil {
		return nil, err
	}
	s, err := newSelection(actorKeys, opts)
	if err != nil {
		return nil, err
	}
	list := &ActorList{}
	for _, a := range o.AllActors() {
		if !s.keeps(func(key string) string { return actorValue(&a, key) }) {
			continue
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, actorInfo(&a))
		}
	}
	return list, nil
}

// GetActorInfo describes one actor, also a dead one: give its handle, or its id as text.
func GetActorInfo(target any) (*ActorInfo, error) {
	o, _, err := observer("GetActorInfo")
	if err != nil {
		return nil, err
	}
	id, err := explained(target)
	if err != nil {
		return nil, err
	}
	for _, a := range o.AllActors() {
		if a.ID == id {
			i := actorInfo(&a)
			return &i, nil
		}
	}
	return nil, fmt.Errorf("ray: no actor has the id %s; see ListActors", id)
}

func (l *ActorList) grid() *grid {
	g := &grid{head: []string{"ACTOR_ID", "CLASS", "NAME", "STATE", "NODE", "PID", "RESTARTS", "PENDING", "DEATH"}, notice: notice(len(l.Items), l.Total)}
	for _, a := range l.Items {
		g.rows = append(g.rows, []string{
			a.ID, a.Class, a.Name, a.State, a.NodeID, number(a.PID), fmt.Sprint(a.Restarts), fmt.Sprint(a.PendingCalls), oneLine(a.DeathCause, 60),
		})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *ActorList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *ActorList) MIMEBundle() map[string]any { return l.grid().bundle() }

// String is the actor as a table of one line.
func (a *ActorInfo) String() string { return a.list().String() }

// MIMEBundle is the actor as notebooks show it.
func (a *ActorInfo) MIMEBundle() map[string]any { return a.list().MIMEBundle() }

func (a *ActorInfo) list() *ActorList { return &ActorList{Items: []ActorInfo{*a}, Total: 1} }
