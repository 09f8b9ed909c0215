package dashboard

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// eventRows are what has happened, the newest first.
func eventRows(log core.EventLog) []row {
	events := log.Events(0)
	rows := make([]row, len(events))
	for i := range events {
		e := &events[len(events)-1-i]
		rows[i] = row{
			"event_id": strconv.FormatInt(e.Serial, 10), "severity": e.Severity, "time": e.At.Format("2006-01-02 15:04:05"), "time_ms": e.At.UnixMilli(),
			"source_type": e.Type, "message": e.Message, "id": orNil(e.ID), "node_id": orNil(e.Node),
		}
	}
	return rows
}

// jobs are those that a head runs, with the programs that have joined it; of a session of its own, the
// program.
func (d *Dashboard) jobs() []row {
	list := core.Jobs()
	if list == nil {
		started := time.Time{}
		if i, ok := d.source.(core.Inspector); ok {
			started = i.Inspect().Cluster.Started
		}
		return []row{{
			"type": "DRIVER", "job_id": "", "submission_id": "driver " + strconv.Itoa(os.Getpid()), "status": "RUNNING",
			"entrypoint": strings.Join(os.Args, " "), "start_time": millis(started),
		}}
	}
	// They have Ray's field names in JSON already.
	text, err := json.Marshal(list)
	if err != nil {
		return nil
	}
	var rows []row
	if json.Unmarshal(text, &rows) != nil {
		return nil
	}
	for _, r := range rows {
		if id, _ := r["submission_id"].(string); id == "" {
			r["submission_id"] = r["job_id"]
		}
	}
	return rows
}
