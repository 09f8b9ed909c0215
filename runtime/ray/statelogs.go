package ray

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// LogLine is a line that a worker has printed.
type LogLine struct {
	PID    int
	Stderr bool
	At     time.Time // when the driver had it
	Text   string
}

// LogLines are the last lines of somebody. Notebooks show them as text.
type LogLines struct {
	Items []LogLine // the oldest first
}

// Logs returns the last lines that a task, an actor or a worker has printed, also after its process
// has died: give a reference, an actor's handle, an id as text, or the pid of a worker as int or
// text. Of each of the last 200 workers 1,000 lines and 256 KiB are kept. Lines are taken for those
// of the task that was sent to the worker last, so those of short tasks that share a worker may be
// found with their neighbour: the worker has all.
func Logs(target any) (*LogLines, error) {
	o, _, err := observer("Logs")
	if err != nil {
		return nil, err
	}
	var id core.ID
	var pid int
	switch t := target.(type) {
	case int:
		pid = t
	case string:
		if n, err := strconv.Atoi(t); err == nil && len(t) < 16 {
			pid = n
		}
	}
	if pid == 0 {
		if id, err = explained(target); err != nil {
			return nil, err
		}
	}
	lines, known := o.Output(id, pid)
	if !known {
		return nil, fmt.Errorf("ray: Logs: nothing is known of %v; give what ListTasks, ListActors or ListWorkers name", target)
	}
	l := &LogLines{}
	for _, line := range lines {
		l.Items = append(l.Items, LogLine{PID: line.PID, Stderr: line.Stderr, At: line.At, Text: line.Text})
	}
	return l, nil
}

// String is the text of the lines.
func (l *LogLines) String() string {
	texts := make([]string, len(l.Items))
	for i := range l.Items {
		texts[i] = l.Items[i].Text
	}
	return strings.Join(texts, "\n")
}
