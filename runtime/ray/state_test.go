package ray_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func complain(int) (int, error) { return 0, errBoom }

func dieTalking(n int) int {
	fmt.Println("last words", n)
	os.Exit(3)
	return 0
}

func TestListTasks(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	bad := ray.Remote[int](complain)
	var refs []ray.ObjectRef[int]
	for n := range 150 {
		refs = append(refs, bad.Remote(n))
	}
	for _, ref := range refs {
		if _, err := ray.Get(ref); !errors.Is(err, errBoom) {
			t.Fatal(err)
		}
	}
	ok := ray.Remote[int](square).Remote(3)
	check(t, ok, 9)

	list, err := ray.ListTasks(ray.Filter("STATE", "=", "failed"), ray.Limit(10))
	if err != nil || len(list.Items) != 10 || list.Total != 150 {
		t.Fatalf("%d of %d, %v; want 10 of 150", len(list.Items), list.Total, err)
	}
	if text := list.String(); !strings.Contains(text, "10 of 150 shown") || !strings.Contains(text, "FAILED") {
		t.Errorf("the table has no notice:\n%s", text)
	}
	if page := list.MIMEBundle()["text/html"].(string); strings.Count(page, "<tr>") != 11 {
		t.Errorf("the page has other lines than 11: %s", page)
	}
	if list, err = ray.ListTasks(); err != nil || len(list.Items) != ray.DefaultLimit || list.Total != 151 {
		t.Errorf("without options: %d of %d, %v", len(list.Items), list.Total, err)
	}
	if list, err = ray.ListTasks(ray.Filter("state", "!=", "FAILED")); err != nil || list.Total != 1 || list.Items[0].ID != ok.ID() {
		t.Errorf("those that did not fail: %v, %v", list, err)
	}
	if list, err = ray.ListTasks(ray.Filter("state", "=", "FAILED"), ray.Filter("name", "=", "nobody")); err != nil || list.Total != 0 {
		t.Errorf("two filters: %v, %v", list, err)
	}
	info, err := ray.GetTask(refs[7])
	if err != nil || info.ID != refs[7].ID() || info.State != "FAILED" || info.WorkerPID == 0 || info.NodeID == "" || info.Line == 0 || !strings.Contains(info.ErrorMessage, "boom") {
		t.Errorf("GetTask: %+v, %v", info, err)
	}
	if same, err := ray.GetTask(refs[7].ID()); err != nil || same.ID != info.ID || !strings.Contains(same.String(), "complain") {
		t.Errorf("GetTask by id: %v, %v", same, err)
	}
	sum, err := ray.SummarizeTasks()
	if err != nil || sum.Total != 151 || len(sum.Rows) != 2 || sum.Rows[0].States["FAILED"] != 150 || !strings.Contains(sum.String(), "FINISHED 1") {
		t.Errorf("summary: %v, %v", sum, err)
	}
	for _, opt := range []ray.ListOption{ray.Filter("stat", "=", "x"), ray.Filter("state", "<", "x"), ray.Limit(-1)} {
		if _, err := ray.ListTasks(opt); err == nil {
			t.Errorf("%v is accepted", opt)
		}
	}
}

func TestListPendingTasks(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	ref := ray.Remote[any](nothing).Options(ray.NumCPUs(64)).Remote()
	defer runtime.KeepAlive(ref)
	list, err := ray.ListTasks(ray.Filter("state", "=", "waiting_for_resources"))
	if err != nil || len(list.Items) != 1 || list.Items[0].ID != ref.ID() || list.Items[0].Submitted.IsZero() || !list.Items[0].Started.IsZero() {
		t.Errorf("%v, %v", list, err)
	}
}

func TestListActors(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	lives := ray.NewActor[Counter](NewCounter, 1)
	dies := ray.NewActor[Counter](NewCounter, 1)
	check(t, ray.Call[int](lives, (*Counter).Inc, 1), 2)
	check(t, ray.Call[int](dies, (*Counter).Inc, 1), 2)
	if err := ray.Kill(dies); err != nil {
		t.Fatal(err)
	}
	info, err := ray.GetActorInfo(dies)
	if err != nil || info.State != "DEAD" || !strings.Contains(info.DeathCause, "ray.Kill") || info.PID == 0 {
		t.Errorf("%+v, %v", info, err)
	}
	list, err := ray.ListActors(ray.Filter("state", "=", "alive"))
	if err != nil || list.Total != 1 || list.Items[0].NodeID == "" || !strings.Contains(list.String(), "NewCounter") {
		t.Errorf("%v, %v", list, err)
	}
	calls, err := ray.ListTasks(ray.Filter("actor_id", "=", info.ID), ray.Filter("type", "=", "actor_task"))
	if err != nil || calls.Total != 1 || calls.Items[0].WorkerPID != info.PID {
		t.Errorf("calls of the actor: %v, %v", calls, err)
	}
	workers, err := ray.ListWorkers(ray.Filter("state", "=", "BUSY"))
	if err != nil || workers.Total < 1 || !strings.Contains(workers.String(), "actor ") {
		t.Errorf("%v, %v", workers, err)
	}
	runtime.KeepAlive(lives)
}

func TestListNodes(t *testing.T) {
	start(t, ray.Config{Nodes: []ray.NodeConfig{{Name: "a", NumCPUs: 1}, {Name: "b", NumCPUs: 1}}})
	if err := ray.RemoveNode("b"); err != nil {
		t.Fatal(err)
	}
	list, err := ray.ListNodes(ray.Filter("state", "=", "dead"))
	if err != nil || list.Total != 1 || list.Items[0].ID != "b" || !strings.Contains(list.String(), "DEAD") {
		t.Errorf("%v, %v", list, err)
	}
	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 8}}, ray.Pack)
	groups, err := ray.ListPlacementGroups(ray.Filter("state", "=", "pending"))
	if err != nil || groups.Total != 1 || groups.Items[0].Waiting == "" || !strings.Contains(groups.String(), groups.Items[0].ID) {
		t.Errorf("%v, %v, %v", groups, err, pg)
	}
}

func TestStateWithoutSession(t *testing.T) {
	_, tasks := ray.ListTasks()
	_, nodes := ray.ListNodes()
	_, memory := ray.MemoryReport()
	_, logs := ray.Logs(1)
	for _, err := range []error{tasks, nodes, memory, logs, ray.Timeline(t.TempDir() + "/t.json")} {
		if !errors.Is(err, ray.ErrNotInitialized) {
			t.Error(err)
		}
	}
	start(t, ray.Config{InProcess: true})
	if _, err := ray.ListTasks(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
}
