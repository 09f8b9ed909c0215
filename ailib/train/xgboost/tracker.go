package xgboost

import (
	"encoding/json"
	"fmt"
	"runtime"
	"time"
)

// Tracker introduces the members of a distributed training to each other. It
// runs in one process, usually the driver's; the training's data never passes
// through it.
type Tracker struct {
	res  *resource
	args map[string]any
}

// TrackerOptions configure a tracker. The zero value of each field but
// Workers is its default.
type TrackerOptions struct {
	Workers int           // number of members; at least 1
	Host    string        // address that the members reach this process at; "" = 127.0.0.1
	Port    int           // 0 = any free port
	Timeout time.Duration // how long members may take to join; 0 = 5 minutes
}

// NewTracker starts a tracker. It ends with Close.
func NewTracker(opts TrackerOptions) (*Tracker, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if opts.Workers < 1 {
		return nil, fmt.Errorf("xgboost: a tracker for %d workers; give at least one", opts.Workers)
	}
	if opts.Host == "" {
		opts.Host = "127.0.0.1"
	}
	if opts.Timeout == 0 {
		opts.Timeout = 5 * time.Minute
	}
	config := toJSON(map[string]any{
		"dmlc_communicator": "rabit",
		"n_workers":         opts.Workers,
		"host":              opts.Host,
		"port":              opts.Port,
		"timeout":           seconds(opts.Timeout),
		"sortby":            1, // ranks follow the task ids, so that rank i is member i
	})
	t := &Tracker{}
	err := call("start tracker", func() int32 {
		var h handle
		if rc := xgTrackerCreate(config, &h); rc != 0 {
			return rc
		}
		t.res = &resource{h: h, free: xgTrackerFree}
		if rc := xgTrackerRun(h, "{}"); rc != 0 {
			return rc
		}
		var out *byte
		rc := xgTrackerWorkerArgs(h, &out)
		if rc == 0 && json.Unmarshal([]byte(goString(out)), &t.args) != nil {
			t.args = nil
		}
		return rc
	})
	if err == nil && t.args == nil {
		err = newError("start tracker", "its address cannot be read")
	}
	if err != nil {
		if t.res != nil {
			t.res.close()
		}
		return nil, err
	}
	runtime.AddCleanup(t, func(r *resource) { r.close() }, t.res)
	return t, nil
}

// Args returns what a member needs to know to join: plain data that can be
// sent to another process and given to [Join] there.
func (t *Tracker) Args() string { return toJSON(t.args) }

// Wait blocks until all members have left, at most for the timeout.
func (t *Tracker) Wait(timeout time.Duration) error {
	h := t.res.h
	if h == 0 {
		return closedError("tracker")
	}
	err := call("wait for tracker", func() int32 {
		return xgTrackerWaitFor(h, toJSON(map[string]int{"timeout": seconds(timeout)}))
	})
	runtime.KeepAlive(t)
	return err
}

// Close stops the tracker. It may be called more than once.
func (t *Tracker) Close() { t.res.close() }

// seconds rounds up, because 0 means "no limit" to XGBoost.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
