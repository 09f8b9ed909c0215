package ray

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// Event is something that happened to the session: a node came or went, a worker died, an actor was
// restarted, memory was short.
type Event struct {
	Serial   int64 // 1, 2, 3 …
	Time     time.Time
	Severity string // "INFO", "WARNING", "ERROR"
	// Type is "NODE_ADDED", "NODE_DRAINING", "NODE_REMOVED", "WORKER_DIED", "ACTOR_RESTARTED", "ACTOR_DIED",
	// "OUT_OF_MEMORY_KILL", "OBJECTS_SPILLED" or "JOB_…" with the state of a job.
	Type    string
	ID      string // of the node, the worker (its pid), the actor, the task or the job; may be empty
	NodeID  string // where it happened; may be empty
	Message string
}

// EventList is what [ListEvents] has found. Notebooks show it as a table.
type EventList struct {
	Items []Event
	Total int // that fit the filters, also those beyond the limit
}

var eventKeys = []string{"severity", "event_type", "id", "node_id", "message"}

func eventValue(e *core.Event, key string) string {
	switch key {
	case "severity":
		return e.Severity
	case "event_type":
		return e.Type
	case "id":
		return e.ID
	case "node_id":
		return e.Node
	}
	return e.Message
}

// ListEvents lists what happened to the session, the oldest first; the last 2,000 events are
// remembered. Without [Limit] it lists the last 100. [Filter] knows severity, event_type, id, node_id
// and message.
func ListEvents(opts ...ListOption) (*EventList, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	log, ok := s.backend.(core.EventLog)
	if !ok {
		return nil, fmt.Errorf("ray: ListEvents: this backend (%s) keeps no events; leave Config.Address empty for the embedded runtime: %w", s.backend.Info().Scheme, errors.ErrUnsupported)
	}
	sel, err := newSelection(eventKeys, opts)
	if err != nil {
		return nil, err
	}
	list := &EventList{}
	for _, e := range slices.Backward(log.Events(0)) {
		if !sel.keeps(func(key string) string { return eventValue(&e, key) }) {
			continue
		}
		if list.Total++; !sel.full(len(list.Items)) {
			list.Items = append(list.Items, Event{Serial: e.Serial, Time: e.At, Severity: e.Severity, Type: e.Type, ID: e.ID, NodeID: e.Node, Message: e.Message})
		}
	}
	slices.SortFunc(list.Items, func(x, y Event) int { return cmp.Compare(x.Serial, y.Serial) })
	return list, nil
}

func (l *EventList) grid() *grid {
	g := &grid{head: []string{"TIME", "SEVERITY", "TYPE", "ID", "MESSAGE"}, notice: notice(len(l.Items), l.Total)}
	for _, e := range l.Items {
		g.rows = append(g.rows, []string{e.Time.Format("15:04:05.000"), e.Severity, e.Type, e.ID, oneLine(e.Message, 120)})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *EventList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *EventList) MIMEBundle() map[string]any { return l.grid().bundle() }
