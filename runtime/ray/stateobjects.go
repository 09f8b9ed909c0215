package ray

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// ObjectInfo describes an object that somebody refers to.
type ObjectInfo struct {
	ID    string
	Kind  string // "PUT", "TASK_RESULT", "ACTOR_RESULT", "ARGUMENT", "ACTOR"
	State string // "PENDING", "READY", "SPILLED"
	Size  int64  // bytes; 0 until it is ready
	// References are those of the driver, of workers, of tasks that have not finished and of other
	// objects.
	References int
	Nodes      []string // whose shared memory it is in; empty for small ones, which the driver keeps
	File       string   // what it was written to, to make room
	// Maker is the task whose result it is, with the place of the function: "fit at In[3]:2".
	Maker string
	// Site is where Put or Remote was called: "In[7]" for a cell, and with Config.RecordCallSites
	// file and line in a compiled program. Empty for what workers have made.
	Site string
	// Holders are who has the references: "driver (pid 12)", "task main.fit" that has it as an argument,
	// "object 0000000000000007" that has it inside.
	Holders []string
}

// ObjectList is what [ListObjects] has found. Notebooks show it as a table.
type ObjectList struct {
	Items []ObjectInfo
	Total int // that fit the filters, also those beyond the limit
}

var objectKeys = []string{"object_id", "type", "state", "node_id", "maker", "call_site"}

func objectState(o *core.ObjectState) string {
	switch {
	case !o.Ready:
		return "PENDING"
	case o.Shared && len(o.Nodes) == 0 && o.File != "":
		return "SPILLED"
	}
	return "READY"
}

// objectID is Ray's own id where Ray keeps the state.
func objectID(o *core.ObjectState) string { return or(o.RayID, o.ID.String()) }

func objectValue(o *core.ObjectState, key string) string {
	switch key {
	case "object_id":
		return objectID(o)
	case "type":
		return o.Kind
	case "state":
		return objectState(o)
	case "node_id":
		return strings.Join(o.Nodes, ",")
	case "maker":
		return o.Maker
	}
	return o.Site
}

// ListObjects lists the session's objects, the largest first. Without [Limit] it lists 100. [Filter]
// knows object_id, type, state, node_id, maker and call_site.
//
// On a real Ray cluster it is what Ray's dashboard lists, of all drivers: objects have Ray's own ids, a type only
// if they are actors, no nodes, and a call site if RAY_record_ref_creation_sites=1 was set when Ray was started.
func ListObjects(opts ...ListOption) (*ObjectList, error) {
	o, _, err := observer("ListObjects")
	if err != nil {
		return nil, err
	}
	s, err := newSelection(objectKeys, opts)
	if err != nil {
		return nil, err
	}
	list := &ObjectList{}
	o.EachObject(func(o *core.ObjectState) {
		if s.keeps(func(key string) string { return objectValue(o, key) }) {
			list.Items = append(list.Items, ObjectInfo{
				ID: objectID(o), Kind: o.Kind, State: objectState(o), Size: o.Bytes, References: o.Refs,
				Nodes: o.Nodes, File: o.File, Maker: o.Maker, Site: o.Site, Holders: o.Holders,
			})
		}
	})
	slices.SortFunc(list.Items, func(x, y ObjectInfo) int {
		return cmp.Or(cmp.Compare(y.Size, x.Size), cmp.Compare(x.ID, y.ID))
	})
	if list.Total = len(list.Items); s.full(list.Total) {
		list.Items = slices.Clip(list.Items[:s.limit])
	}
	return list, nil
}

func (l *ObjectList) grid() *grid {
	g := &grid{head: []string{"OBJECT_ID", "TYPE", "STATE", "SIZE", "REFS", "NODES", "CALL_SITE", "MAKER"}, notice: notice(len(l.Items), l.Total)}
	for _, o := range l.Items {
		g.rows = append(g.rows, []string{
			o.ID, o.Kind, o.State, bytesText(o.Size), fmt.Sprint(o.References), strings.Join(o.Nodes, " "), o.Site, o.Maker,
		})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *ObjectList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *ObjectList) MIMEBundle() map[string]any { return l.grid().bundle() }
