package xgboost

import (
	"encoding/json"
	"fmt"
	"time"
)

// Member is one process's place in a distributed training.
type Member struct {
	Rank, Size int
}

// Join makes the calling thread member number index, counted from 0, of the
// tracker's group, and waits until the group is complete. It must be called on
// a [Thread], as must everything that follows until Leave: membership belongs
// to the OS thread, which must not end before Leave: XGBoost would take the
// process down with it. Timeout bounds the joining and each exchange of the group;
// 0 means 5 minutes.
func Join(trackerArgs string, index int, timeout time.Duration) (*Member, error) {
	var config map[string]any
	if err := json.Unmarshal([]byte(trackerArgs), &config); err != nil {
		return nil, fmt.Errorf("xgboost: join: %q is not what Tracker.Args returned: %w", trackerArgs, err)
	}
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	config["dmlc_communicator"] = "rabit"
	config["dmlc_task_id"] = fmt.Sprintf("%08d", index) // ranks are sorted by it as text
	config["dmlc_retry"] = 3
	config["dmlc_timeout"] = seconds(timeout)
	m := &Member{}
	err := call("join the group", func() int32 {
		if rc := takeLog(); rc != 0 {
			return rc
		}
		if rc := xgCommunicatorInit(toJSON(config)); rc != 0 {
			return rc
		}
		m.Rank, m.Size = int(xgCommunicatorGetRank()), int(xgCommunicatorGetWorldSize())
		return 0
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Leave ends the calling thread's membership. All members leave together: one
// that leaves while another is within a round may leave that one waiting for
// ever, whatever the timeout. A member that gives up in the middle says so to
// whoever started the group, who ends the processes of the others.
func (m *Member) Leave() error {
	return call("leave the group", xgCommunicatorFinalize)
}
