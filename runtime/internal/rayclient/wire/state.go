package wire

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Row is a task, an actor, a worker or a reference to an object as Ray's state API describes it; which fields count depends on
// what it is. The shim's function state brings them.
type Row struct {
	TaskID      string         `json:"task_id"`
	ActorID     string         `json:"actor_id"`
	Name        string         `json:"name"`
	Class       string         `json:"class_name"`
	Namespace   string         `json:"ray_namespace"`
	State       string         `json:"state"`
	Type        string         `json:"type"`
	Attempt     int            `json:"attempt_number"`
	Parent      string         `json:"parent_task_id"`
	Node        string         `json:"node_id"`
	PID         int            `json:"pid"`
	WorkerPID   int            `json:"worker_pid"`
	Job         string         `json:"job_id"`
	ErrorType   string         `json:"error_type"`
	Error       string         `json:"error_message"`
	Created     float64        `json:"creation_time_ms"`
	Started     float64        `json:"start_time_ms"`
	Ended       float64        `json:"end_time_ms"`
	Resources   core.Resources `json:"required_resources"`
	Group       string         `json:"placement_group_id"`
	Restarts    any            `json:"num_restarts"` // a number or a text, by Ray's release
	Alive       bool           `json:"is_alive"`
	WorkerType  string         `json:"worker_type"`
	DeathReason any            `json:"death_cause"`
	ObjectID    string         `json:"object_id"`
	Size        float64        `json:"object_size"` // bytes; -1 is not known
	Making      string         `json:"task_status"` // of the task that makes the object
	Reference   string         `json:"reference_type"`
	Site        string         `json:"call_site"` // "disabled" unless Ray is told to note it
}

// NodeRoom is what a node has, and what of it is free now.
type NodeRoom struct {
	ID    string
	Total core.Resources
	Free  core.Resources // nil: not known
}

// View is what the shim's function state answers.
type View struct {
	Rows  []Row
	Nodes []NodeRoom
}

// ReadView reads the answer.
func ReadView(text []byte) (v View, err error) {
	if err = json.Unmarshal(text, &v); err != nil {
		err = fmt.Errorf("the state of the cluster: %w", err)
	}
	return v, err
}

// What cannot be answered about a cluster, and why.
var (
	NoRow         = errors.New("Ray tells nothing of it: it is an object of Put, was submitted a moment ago, or has been forgotten")
	NoExplanation = errors.New("Ray does not say what a placement group waits for")
)

// NoState is the error where the state API could not be asked.
func NoState(err error) error {
	return fmt.Errorf("the state of a Ray cluster is its dashboard's to tell, which did not (start the head with it: pip install \"ray[default]\"): %w", err)
}

// TaskOf is Ray's id of the task that makes an object: the first 24 bytes of the object's.
func TaskOf(object string) string { return hex.EncodeToString([]byte(object[:min(24, len(object))])) }

// states are Ray's states of tasks that have another name with us.
var states = map[string]string{
	"PENDING_ARGS_AVAIL":                         "WAITING_FOR_ARGUMENTS",
	"PENDING_ARGS_FETCH":                         "WAITING_FOR_ARGUMENTS",
	"PENDING_OBJ_STORE_MEM_AVAIL":                "WAITING_FOR_ARGUMENTS",
	"PENDING_ACTOR_TASK_ARGS_FETCH":              "WAITING_FOR_ARGUMENTS",
	"PENDING_NODE_ASSIGNMENT":                    "WAITING_FOR_RESOURCES",
	"RUNNING_IN_RAY_GET":                         "RUNNING",
	"RUNNING_IN_RAY_WAIT":                        "RUNNING",
	"DEPENDENCIES_UNREADY":                       "PENDING",
	"PENDING_CREATION":                           "PENDING",
	"PENDING_ACTOR_TASK_ORDERING_OR_CONCURRENCY": "WAITING_FOR_RESOURCES",
}

func (r *Row) state() string {
	if s, ok := states[r.State]; ok {
		return s
	}
	return r.State
}

// Survey makes what core.Surveyor tells of a view; own are the ids that this process has given to
// tasks and actors, by Ray's.
func Survey(what string, v View, own map[string]core.ID) (s core.State) {
	at := func(ms float64) time.Time {
		if ms == 0 {
			return time.Time{}
		}
		return time.UnixMilli(int64(ms))
	}
	for i := range v.Rows {
		r := &v.Rows[i]
		switch what {
		case "tasks":
			t := core.TaskState{ID: own[r.TaskID], RayID: r.TaskID, Name: r.Name, State: r.state(), Failure: r.ErrorType, Error: r.Error, PID: r.WorkerPID,
				Attempt: r.Attempt, Started: at(r.Started), Submitted: at(r.Created), Job: r.Job, Kind: r.Type, Actor: own[r.ActorID], Parent: own[r.Parent], Node: r.Node}
			if r.Ended > 0 && r.Started > 0 {
				t.Duration = time.Duration(r.Ended-r.Started) * time.Millisecond
			}
			s.Tasks = append(s.Tasks, t)
		case "actors":
			a := core.ActorInfo{ID: own[r.ActorID], RayID: r.ActorID, Name: r.Name, Namespace: r.Namespace, Class: r.Class, State: r.state(), PID: r.PID, Node: r.Node, Job: r.Job}
			_, _ = fmt.Sscan(fmt.Sprint(r.Restarts), &a.Restarts) // 0 where Ray says none
			if r.State == "DEAD" && r.DeathReason != nil {
				b, _ := json.Marshal(r.DeathReason)
				a.Death = string(b)
			}
			s.Actors = append(s.Actors, a)
		case "workers":
			if r.Alive && r.WorkerType == "WORKER" {
				s.Cluster.Workers = append(s.Cluster.Workers, core.WorkerState{PID: r.PID, Node: r.Node})
			}
		}
	}
	if what == "objects" {
		s.Objects = objects(v.Rows)
	}
	return s
}

// objects brings the references of several processes to an object together.
func objects(rows []Row) (list []core.ObjectState) {
	places := map[string]int{}
	for i := range rows {
		r := &rows[i]
		at, known := places[r.ObjectID]
		if !known {
			at = len(list)
			places[r.ObjectID] = at
			list = append(list, core.ObjectState{RayID: r.ObjectID})
		}
		o := &list[at]
		o.Refs++
		o.Bytes = max(o.Bytes, int64(r.Size))
		o.Ready = o.Ready || r.Size >= 0 || r.Making == "FINISHED"
		if r.Reference == "ACTOR_HANDLE" {
			o.Kind, o.Ready = "ACTOR", true
		}
		if r.Site != "disabled" && o.Site == "" {
			o.Site = r.Site
		}
		o.Holders = append(o.Holders, fmt.Sprintf("%s (pid %d), %s", strings.ToLower(r.Type), r.PID, strings.ToLower(r.Reference)))
	}
	return list
}

// Explain says how far the task or actor of a view is, and for one that waits what keeps it from each
// node, as far as resources do: where else it may not run, Ray does not tell.
func Explain(id core.ID, kind string, v View) core.Explanation {
	r := &v.Rows[len(v.Rows)-1] // its last attempt
	x := core.Explanation{ID: id, Kind: kind, Name: r.Name, State: r.state()}
	if r.Type == "ACTOR_TASK" {
		x.Kind = "actor call"
	}
	if len(r.Resources) > 0 {
		x.Asks = r.Resources.String()
	}
	if r.Group != "" {
		x.Where = "placement group " + r.Group
	}
	switch x.State {
	case "WAITING_FOR_ARGUMENTS":
		x.Note = "an argument is not there yet, or on its way (" + r.State + ")"
	case "WAITING_FOR_RESOURCES", "PENDING":
		if x.Note = "Ray looks for a node (" + r.State + ")"; r.Group == "" && x.Kind != "actor call" {
			x.Nodes, x.Infeasible = reasons(r.Resources, v.Nodes)
		}
	case "FAILED", "DEAD":
		x.Note = strings.TrimSpace(r.ErrorType + " " + r.Error)
	default:
		if x.Note = "Ray calls it " + r.State; r.Node != "" {
			x.Note += " on node " + r.Node
		}
	}
	return x
}

// reasons compares what is asked for with what each node has.
func reasons(asks core.Resources, nodes []NodeRoom) (list []sched.Reason, infeasible string) {
	most, fits := core.Resources{}, false
	for _, n := range nodes {
		var never, now []string
		for _, name := range slices.Sorted(maps.Keys(asks)) {
			amount := core.Resources{name: asks[name]}.String()
			most[name] = max(most[name], n.Total[name])
			switch total, free := n.Total[name], n.Free[name]; {
			case total == 0:
				never = append(never, fmt.Sprintf("asks for %s, has none", amount))
			case total < asks[name]:
				never = append(never, fmt.Sprintf("asks for %s, has %s", amount, core.Resources{name: total}))
			case n.Free != nil && free < asks[name]:
				now = append(now, fmt.Sprintf("asks for %s, %g of %g is free", amount, free, total))
			}
		}
		fits = fits || len(never) == 0
		list = append(list, sched.Reason{Name: n.ID, Feasible: len(never) == 0, Text: strings.Join(append(never, now...), "; ")})
	}
	if !fits {
		infeasible = fmt.Sprintf("it asks for %s, and no node has more than %s", asks, most)
	}
	return list, infeasible
}
