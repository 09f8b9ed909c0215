package ray

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// Timeline writes what the session's workers did to a file that https://ui.perfetto.dev and
// chrome://tracing open: a track for each worker process with its tasks and actor calls, and for
// each attempt the time that it waited before. Failed attempts say why, and all say in which cell
// or file their function is declared. The last 10,000 attempts that have ended are there.
//
// A worker sends how long a task ran, and the driver notes when that came: slices are as long as
// they were, and may be shown some microseconds late.
//
// On a real Ray cluster it is what Ray's own ray.timeline gives: the tasks of all drivers with their
// phases, as far as Ray's workers have reported them, which they do once a second.
func Timeline(path string) error {
	if path == "" {
		return fmt.Errorf("ray: Timeline: the path is empty; give a file such as \"timeline.json\"")
	}
	if !elsewhere() {
		if _, _, err := observer("Timeline"); err != nil {
			return err
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("ray: Timeline: %w", err)
	}
	err = WriteTimeline(f)
	if e := f.Close(); err == nil && e != nil {
		err = fmt.Errorf("ray: Timeline: %w", e)
	}
	return err
}

// WriteTimeline is [Timeline] into w.
func WriteTimeline(w io.Writer) error {
	if elsewhere() && rayTimeline != nil {
		return rayTimeline(w)
	}
	o, s, err := observer("Timeline")
	if err != nil {
		return err
	}
	var attempts []core.Attempt
	forgotten := o.EachAttempt(func(a *core.Attempt) { attempts = append(attempts, *a) })
	file := traceFile{Events: traceOf(attempts), Unit: "ms"}
	file.Other = map[string]any{"goray": Version, "driverPID": s.context.PID, "forgottenAttempts": forgotten}
	if err := json.NewEncoder(w).Encode(file); err != nil {
		return fmt.Errorf("ray: Timeline: %w", err)
	}
	return nil
}

// rayTimeline is WriteTimeline on a real Ray cluster; nil in native programs, which do not call Python.
var rayTimeline func(w io.Writer) error

// traceFile is a file of Chrome's trace event format.
type traceFile struct {
	Events []traceEvent   `json:"traceEvents"`
	Unit   string         `json:"displayTimeUnit"`
	Other  map[string]any `json:"otherData"`
}

// traceEvent is a slice ("X"), the begin or end of a wait ("b", "e") or of an arrow ("s", "f"), or a
// track's name ("M").
type traceEvent struct {
	Name     string         `json:"name"`
	Phase    string         `json:"ph"`
	Category string         `json:"cat,omitempty"`
	At       float64        `json:"ts"`            // microseconds
	Lasts    *float64       `json:"dur,omitempty"` // microseconds
	Process  int            `json:"pid"`
	Track    int            `json:"tid"`
	ID       string         `json:"id,omitempty"`
	Binds    string         `json:"bp,omitempty"` // of an arrow: "e" to the slice around its end
	Color    string         `json:"cname,omitempty"`
	Args     map[string]any `json:"args,omitempty"`
}

// span is when an attempt ran.
type span struct {
	a                  *core.Attempt
	queued, start, end time.Time
	lane               int
}

// traceOf makes the events of attempts, which are in the order of their ends.
func traceOf(attempts []core.Attempt) []traceEvent {
	byPID := map[int][]*span{}
	var pids []int
	var origin time.Time
	events := []traceEvent{}
	before := map[core.ID]time.Time{} // when the attempt before ended
	for i := range attempts {
		a := &attempts[i]
		if origin.IsZero() || a.Submitted.Before(origin) {
			origin = a.Submitted
		}
		queued := a.Submitted
		if ended := before[a.ID]; a.Attempt > 0 && !ended.IsZero() {
			queued = ended
		}
		before[a.ID] = a.Ended
		if a.PID == 0 { // it came to no worker: it was cancelled, or what it needed failed
			continue
		}
		if byPID[a.PID] == nil {
			pids = append(pids, a.PID)
		}
		byPID[a.PID] = append(byPID[a.PID], &span{a: a, queued: queued, start: a.Sent, end: a.Ended})
	}
	micros := func(t time.Time) float64 { return float64(t.Sub(origin).Nanoseconds()) / 1e3 }
	slices.Sort(pids)
	for _, pid := range pids {
		spans := byPID[pid]
		arrange(spans)
		lanes := 0
		for _, s := range spans {
			lanes = max(lanes, s.lane+1)
		}
		events = append(events, traceEvent{Name: "process_name", Phase: "M", Process: pid, Args: map[string]any{"name": fmt.Sprintf("worker %d on %s", pid, spans[0].a.Node)}})
		for lane := range lanes {
			events = append(events, traceEvent{Name: "thread_name", Phase: "M", Process: pid, Track: pid + lane, Args: map[string]any{"name": laneName(lane)}})
		}
		for _, s := range spans {
			lasts := float64(s.end.Sub(s.start).Nanoseconds()) / 1e3
			e := traceEvent{
				Name: s.a.Name, Phase: "X", Category: strings.ToLower(s.a.Kind), At: micros(s.start), Lasts: &lasts,
				Process: pid, Track: pid + s.lane, Args: traceArgs(s.a),
			}
			if s.a.Failure != "" {
				e.Color = "terrible"
			}
			events = append(events, e)
			id := fmt.Sprintf("%s-%d", s.a.ID, s.a.Attempt)
			wait := traceEvent{Name: "queued: " + s.a.Name, Phase: "b", Category: "queue", At: micros(s.queued), Process: pid, Track: pid, ID: id}
			over := wait
			over.Phase, over.At = "e", micros(s.start)
			events = append(events, wait, over)
		}
	}
	return append(events, arrows(byPID, pids, micros)...)
}

// arrows lead from a task to the first attempts of those that it has submitted. The moment is the
// driver's, and the parent is shown where its message lets it be: so the arrow may have to be moved
// into the parent's slice.
func arrows(byPID map[int][]*span, pids []int, micros func(time.Time) float64) (events []traceEvent) {
	parents := map[core.ID]*span{}
	for _, pid := range pids {
		for _, s := range byPID[pid] {
			parents[s.a.ID] = s
		}
	}
	for _, pid := range pids {
		for _, s := range byPID[pid] {
			p := parents[s.a.Parent]
			if p == nil || s.a.Attempt > 0 || s.start.Before(p.start) {
				continue
			}
			at := s.a.Submitted
			if at.Before(p.start) {
				at = p.start
			}
			if at.After(p.end) {
				at = p.end
			}
			e := traceEvent{Name: "submits", Phase: "s", Category: "submits", At: micros(at), Process: p.a.PID, Track: p.a.PID + p.lane, ID: s.a.ID.String()}
			end := e
			end.Phase, end.Binds, end.At, end.Process, end.Track = "f", "e", micros(s.start), pid, pid+s.lane
			events = append(events, e, end)
		}
	}
	return events
}

func laneName(lane int) string {
	if lane == 0 {
		return "tasks"
	}
	return fmt.Sprintf("concurrent calls %d", lane+1)
}

func traceArgs(a *core.Attempt) map[string]any {
	args := map[string]any{"task_id": a.ID.String(), "attempt": a.Attempt, "state": a.State, "node": a.Node}
	for name, text := range map[string]string{
		"actor_id": idText(a.Actor), "parent_task_id": idText(a.Parent), "cell": a.Cell, "failure": a.Failure, "error": oneLine(a.Error, 200),
	} {
		if text != "" {
			args[name] = text
		}
	}
	if a.Line > 0 {
		args["line"] = a.Line
	}
	return args
}

// arrange finds when the attempts of one worker ran: of those that it said it ran for a while, the
// end is known only as not later than its message. Several messages may come together. As it runs
// one task after the other, each is taken to have ended when the next began, at the latest.
func arrange(spans []*span) {
	if slices.ContainsFunc(spans, func(s *span) bool { return s.a.Concurrent }) {
		arrangeLanes(spans)
		return
	}
	for i := len(spans) - 1; i >= 0; i-- {
		s := spans[i]
		if i+1 < len(spans) && spans[i+1].start.Before(s.end) {
			s.end = spans[i+1].start
		}
		if s.a.Ran > 0 {
			s.start = s.end.Add(-s.a.Ran)
		} else if i > 0 && spans[i-1].end.After(s.start) {
			s.start = spans[i-1].end // its end is still that of the message: no later than true
		}
		if s.start.Before(s.a.Sent) {
			s.start = s.a.Sent
		}
		if s.start.After(s.end) {
			s.start = s.end
		}
	}
}

// arrangeLanes gives calls that ran at the same time tracks of their own.
func arrangeLanes(spans []*span) {
	for _, s := range spans {
		if s.a.Ran > 0 && s.end.Add(-s.a.Ran).After(s.start) {
			s.start = s.end.Add(-s.a.Ran)
		}
	}
	slices.SortStableFunc(spans, func(x, y *span) int { return x.start.Compare(y.start) })
	var ends []time.Time
	for _, s := range spans {
		s.lane = slices.IndexFunc(ends, func(end time.Time) bool { return !end.After(s.start) })
		if s.lane < 0 {
			s.lane = len(ends)
			ends = append(ends, time.Time{})
		}
		ends[s.lane] = s.end
	}
}
