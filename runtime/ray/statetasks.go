package ray

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// TaskInfo describes a task, an actor's constructor or an actor's call at one moment.
type TaskInfo struct {
	ID      string
	Name    string
	State   string // "WAITING_FOR_ARGUMENTS", "WAITING_FOR_RESOURCES", "RUNNING", "RETRYING", "FINISHED", "FAILED"
	Kind    string // "NORMAL_TASK", "ACTOR_CREATION_TASK", "ACTOR_TASK"
	Attempt int    // 0 is the first
	ActorID string // empty for tasks
	// ParentID is the task that submitted it; empty where that was the driver.
	ParentID  string
	NodeID    string // where it runs, or ran the last time
	WorkerPID int
	JobID     string // of its driver
	// Cell and Line say where its function is declared: "In[3]", or a source file.
	Cell               string
	Line               int
	ErrorType          string // "user", "worker crashed" …; empty unless it failed
	ErrorMessage       string
	Submitted, Started time.Time     // Started is zero before it was given to a worker
	Duration           time.Duration // of its last attempt, when it has ended
}

// TaskList is what [ListTasks] has found. Notebooks show it as a table.
type TaskList struct {
	Items []TaskInfo
	Total int // that fit the filters, also those beyond the limit
}

var taskKeys = []string{"task_id", "name", "state", "type", "attempt_number", "actor_id", "parent_task_id", "node_id", "worker_pid", "job_id", "cell", "error_type"}

func taskValue(t *core.TaskState, key string) string {
	switch key {
	case "task_id":
		return taskID(t)
	case "name":
		return t.Name
	case "state":
		return t.State
	case "type":
		return t.Kind
	case "attempt_number":
		return fmt.Sprint(t.Attempt)
	case "actor_id":
		return idText(t.Actor)
	case "parent_task_id":
		return idText(t.Parent)
	case "node_id":
		return t.Node
	case "worker_pid":
		return fmt.Sprint(t.PID)
	case "job_id":
		return t.Job
	case "cell":
		return t.Cell
	}
	return t.Failure
}

// taskID is the id that people see: Ray's on its clusters.
func taskID(t *core.TaskState) string {
	if t.RayID != "" {
		return t.RayID
	}
	return t.ID.String()
}

func taskInfo(t *core.TaskState) TaskInfo {
	return TaskInfo{
		ID: taskID(t), Name: t.Name, State: t.State, Kind: t.Kind, Attempt: t.Attempt, ActorID: idText(t.Actor),
		ParentID: idText(t.Parent), NodeID: t.Node, WorkerPID: t.PID, JobID: t.Job, Cell: t.Cell, Line: t.Line,
		ErrorType: t.Failure, ErrorMessage: t.Error, Submitted: t.Submitted, Started: t.Started, Duration: t.Duration,
	}
}

// ListTasks lists the session's tasks and actor calls: those that have not finished in the order of
// their submission, then those that have, the newest first. The last 10,000 attempts are remembered.
// Without [Limit] it lists 100. [Filter] knows task_id, name, state, type, attempt_number, actor_id,
// parent_task_id, node_id, worker_pid, job_id, cell and error_type.
//
//	ray.ListTasks(ray.Filter("state", "=", "FAILED"), ray.Limit(10))
func ListTasks(opts ...ListOption) (*TaskList, error) {
	o, _, err := observer("ListTasks")
	if err != nil {
		return nil, err
	}
	s, err := newSelection(taskKeys, opts)
	if err != nil {
		return nil, err
	}
	list := &TaskList{}
	o.EachTask(func(t *core.TaskState) {
		if !s.keeps(func(key string) string { return taskValue(t, key) }) {
			return
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, taskInfo(t))
		}
	})
	return list, nil
}

func (l *TaskList) grid() *grid {
	g := &grid{head: []string{"TASK_ID", "NAME", "STATE", "ATTEMPT", "NODE", "PID", "DURATION", "DECLARED", "ERROR"}, notice: notice(len(l.Items), l.Total)}
	for _, t := range l.Items {
		failed := t.ErrorType
		if failed != "" {
			failed += ": " + t.ErrorMessage
		}
		g.rows = append(g.rows, []string{
			t.ID, t.Name, t.State, fmt.Sprint(t.Attempt), t.NodeID, number(t.WorkerPID), lasted(t.Duration),
			declaredAt(t.Cell, t.Line), oneLine(failed, 60),
		})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *TaskList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *TaskList) MIMEBundle() map[string]any { return l.grid().bundle() }

// GetTask describes one task or actor call: give its reference, or its id as text. A task that
// finished 10,000 attempts ago is not known any more, which is an error.
func GetTask(target any) (*TaskInfo, error) {
	o, _, err := observer("GetTask")
	if err != nil {
		return nil, err
	}
	id, err := explained(target)
	if err != nil {
		return nil, err
	}
	var found *TaskInfo
	o.EachTask(func(t *core.TaskState) {
		if t.ID == id && found == nil {
			i := taskInfo(t)
			found = &i
		}
	})
	if found == nil {
		return nil, fmt.Errorf("ray: no task has the id %s; it may have been forgotten, or be an object of Put: see ListTasks and ListObjects", id)
	}
	return found, nil
}

// String is the task in lines of a name and a value.
func (t *TaskInfo) String() string { return strings.TrimRight(t.fields().String(), "\n") }

// MIMEBundle is the task as notebooks show it.
func (t *TaskInfo) MIMEBundle() map[string]any { return t.fields().bundle() }

func (t *TaskInfo) fields() *grid {
	g := &grid{head: []string{"TASK", t.Name}}
	for _, row := range [][2]string{
		{"id", t.ID}, {"state", t.State}, {"kind", t.Kind}, {"attempt", fmt.Sprint(t.Attempt)}, {"actor", t.ActorID},
		{"parent", t.ParentID}, {"node", t.NodeID}, {"pid", number(t.WorkerPID)}, {"declared", declaredAt(t.Cell, t.Line)},
		{"duration", lasted(t.Duration)}, {"error", t.ErrorType}, {"message", oneLine(t.ErrorMessage, 200)},
	} {
		if row[1] != "" {
			g.rows = append(g.rows, row[:])
		}
	}
	return g
}

// TaskSummary counts tasks by function and state. Notebooks show it as a table.
type TaskSummary struct {
	Rows  []TaskCount // by name
	Total int
}

// TaskCount is a line of a [TaskSummary].
type TaskCount struct {
	Name, Kind string
	States     map[string]int
	Total      int
	Time       time.Duration // that those which have ended took together
}

// SummarizeTasks counts the tasks that [ListTasks] lists, without a limit, by function and state.
func SummarizeTasks() (*TaskSummary, error) {
	o, _, err := observer("SummarizeTasks")
	if err != nil {
		return nil, err
	}
	type key struct{ name, kind string }
	counts := map[key]*TaskCount{}
	sum := &TaskSummary{}
	o.EachTask(func(t *core.TaskState) {
		k := key{t.Name, t.Kind}
		c := counts[k]
		if c == nil {
			c = &TaskCount{Name: t.Name, Kind: t.Kind, States: map[string]int{}}
			counts[k] = c
		}
		c.States[t.State]++
		c.Total++
		c.Time += t.Duration
		sum.Total++
	})
	for _, c := range counts {
		sum.Rows = append(sum.Rows, *c)
	}
	slices.SortFunc(sum.Rows, func(x, y TaskCount) int { return strings.Compare(x.Name+x.Kind, y.Name+y.Kind) })
	return sum, nil
}

func (s *TaskSummary) grid() *grid {
	g := &grid{head: []string{"NAME", "TYPE", "STATES", "TIME"}}
	for _, c := range s.Rows {
		var states []string
		for state, n := range c.States {
			states = append(states, fmt.Sprintf("%s %d", state, n))
		}
		slices.Sort(states)
		g.rows = append(g.rows, []string{c.Name, c.Kind, strings.Join(states, ", "), lasted(c.Time)})
	}
	return g
}

// String is the summary as a table.
func (s *TaskSummary) String() string { return s.grid().String() }

// MIMEBundle is the summary as notebooks show it.
func (s *TaskSummary) MIMEBundle() map[string]any { return s.grid().bundle() }
