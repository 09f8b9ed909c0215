package ray_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

func printLines(n int) int {
	for i := range n {
		fmt.Println("line", i)
	}
	return n
}

func TestLogsAreBounded(t *testing.T) {
	quiet := false
	start(t, ray.Config{NumCPUs: 2, LogToDriver: &quiet})
	ref := ray.Remote[int](printLines).Remote(1500)
	check(t, ref, 1500)
	logs, err := ray.Logs(ref)
	if err != nil || len(logs.Items) != 1000 || logs.Items[0].Text != "line 500" || logs.Items[999].Text != "line 1499" {
		t.Fatalf("%d lines, %v", len(logs.Items), err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	const remembered, more = 10000, 50
	f := ray.Remote[any](nothing)
	refs := make([]ray.ObjectRef[any], remembered+more)
	for i := range refs {
		refs[i] = f.Remote()
	}
	ray.Must(ray.GetAll(refs))
	sum, err := ray.SummarizeTasks()
	if err != nil || sum.Total != remembered {
		t.Errorf("%d tasks, %v", sum.Total, err)
	}
	var b bytes.Buffer
	if err := ray.WriteTimeline(&b); err != nil || !strings.Contains(b.String(), fmt.Sprintf(`"forgottenAttempts":%d`, more)) {
		t.Errorf("the timeline does not say that %d attempts are missing; %v", more, err)
	}
	missing := 0
	for _, ref := range refs {
		if missing > 0 {
			break
		}
		if _, err := ray.GetTask(ref); err != nil {
			missing++
		}
	}
	if missing == 0 {
		t.Error("all tasks are remembered")
	}
}

// reticent hides that a backend is a core.Observer.
type reticent struct {
	core.Backend
	core.Inspector
}

func init() {
	core.Register("reticent", func(ctx context.Context, cfg core.Config) (core.Backend, error) {
		cfg.Address = ""
		b, err := core.Open(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return reticent{b, b.(core.Inspector)}, nil
	})
}

func TestListsOfABackendThatTellsLittle(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2, Address: "reticent://"})
	ref := ray.Remote[int](square).Remote(3)
	check(t, ref, 9)
	c := ray.NewActor[Counter](NewCounter, 1)
	check(t, ray.Call[int](c, (*Counter).Inc, 1), 2)
	tasks, err := ray.ListTasks(ray.Filter("state", "=", "finished"), ray.Filter("type", "=", "normal_task"))
	if err != nil || tasks.Total != 1 || tasks.Items[0].ID != ref.ID() {
		t.Errorf("%v, %v", tasks, err)
	}
	if a, err := ray.GetActorInfo(c); err != nil || a.State != "ALIVE" {
		t.Errorf("%v, %v", a, err)
	}
	if objects, err := ray.ListObjects(ray.Filter("object_id", "=", ref.ID())); err != nil || objects.Total != 1 {
		t.Errorf("%v, %v", objects, err)
	}
	if workers, err := ray.ListWorkers(); err != nil || workers.Total == 0 {
		t.Errorf("%v, %v", workers, err)
	}
	if err := ray.Timeline(t.TempDir() + "/t.json"); err == nil {
		t.Error("a timeline of what the backend does not tell")
	}
}
