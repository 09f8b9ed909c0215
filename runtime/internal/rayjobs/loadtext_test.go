package rayjobs

import (
	"reflect"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
)

// report is what the second generation of Ray's autoscaler says, of which only the text is to be had.
const report = `======== Autoscaler status: 2026-11-22 01:42:14.890319 ========
Node status
---------------------------------------------------------------
Active:
 1 head
Idle:
 (no idle nodes)
Pending:
 10.0.0.2: worker, setting-up
Recent failures:
 worker: NodeTerminated (instance_id: ffff)

Resources
---------------------------------------------------------------
Total Usage:
 1.5/4.0 CPU (1.0 used of 2.0 reserved in placement groups)
 0B/13.50GiB memory
 512.00MiB/2.00GiB object_store_memory

From request_resources:
 (none)
Pending Demands:
 {'CPU': 1.0, 'GPU': 0.5}: 4+ pending tasks/actors (1+ using placement groups)
 {'CPU': 2.0} * 2, {'disk': 1.0} * 1 (STRICT_SPREAD): 3+ pending placement groups
`

func TestTheReportForPeopleIsRead(t *testing.T) {
	l, err := parseLoad(report)
	if err != nil {
		t.Fatal(err)
	}
	want := Load{
		Usage:   map[string][2]float64{"CPU": {1.5, 4}, "memory": {0, 13.5 * (1 << 30)}, "object_store_memory": {512 << 20, 2 << 30}},
		Demands: []Demand{{Bundles: []core.Resources{{"CPU": 1, "GPU": 0.5}}, Count: 4}},
		Groups:  []Demand{{Strategy: "STRICT_SPREAD", Bundles: []core.Resources{{"CPU": 2}, {"CPU": 2}, {"disk": 1}}, Count: 3}},
	}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("%+v\nwant %+v", l, want)
	}
	if l, err := parseLoad("Pending Demands:\n (no resource demands)\n"); err != nil || len(l.Usage)+len(l.Demands)+len(l.Groups) > 0 {
		t.Errorf("%+v, %v", l, err)
	}
}
