package wire_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/sched"
)

func TestSpecTravels(t *testing.T) {
	o := core.DefaultTask()
	o.RetryErrors, o.Timeout = []string{"key"}, time.Minute
	in := &core.TaskSpec{ID: 5, Kind: core.Task, Parent: 7, Returns: []core.ID{8}, Options: &o, Args: make([]core.Arg, 2),
		Func: &core.FuncRef{Name: "f", Hash: "h", PC: 77, Live: 1, Captures: core.Value{Inline: []byte("x")}, Native: "/file"}}
	b, err := wire.EncodeSpec(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := wire.DecodeSpec(b)
	if err != nil {
		t.Fatal(err)
	}
	if out.ID != 5 || out.Parent != 7 || len(out.Args) != 2 || !reflect.DeepEqual(out.Returns, in.Returns) || !reflect.DeepEqual(out.Options, in.Options) {
		t.Errorf("got %+v", out)
	}
	if f := out.Func; f.Name != "f" || f.PC != 77 || f.Live != nil || f.Captures.Inline != nil || f.Native != "" {
		t.Errorf("the function is %+v", f)
	}
	if out.Left <= 0 || out.Left > time.Minute {
		t.Errorf("%v are left of a minute", out.Left)
	}
	if in.Func.Live == nil || in.Func.Captures.Inline == nil {
		t.Error("EncodeSpec changed the function")
	}
}

func TestDefaultOptionsAreNotSent(t *testing.T) {
	task, actor := core.DefaultTask(), core.DefaultActor()
	for _, s := range []*core.TaskSpec{{Kind: core.Task, Options: &task}, {Kind: core.ActorStart, Options: &actor}} {
		b, err := wire.EncodeSpec(s)
		if err != nil || strings.Contains(string(b), "Options") {
			t.Errorf("%s, %v", b, err)
		}
		if out, err := wire.DecodeSpec(b); err != nil || !reflect.DeepEqual(out.Options, s.Options) {
			t.Errorf("%+v, %v", out, err)
		}
	}
}

func TestValueTravels(t *testing.T) {
	v, err := marshal.EncodeAny(reflect.ValueOf([]string{"a", "b"}))
	if err != nil {
		t.Fatal(err)
	}
	v.Refs = []core.ID{3, 4}
	meta, body, err := wire.Pack(&v, func(id core.ID) string { return map[core.ID]string{3: wire.Object, 4: wire.Actor}[id] })
	if err != nil {
		t.Fatal(err)
	}
	got, m, err := wire.Unpack(meta, body)
	if err != nil || m.Kinds != "oa" || !reflect.DeepEqual(got.Refs, v.Refs) {
		t.Fatalf("%+v, %+v, %v", got, m, err)
	}
	if x, err := marshal.Decode(got, nil); err != nil || !reflect.DeepEqual(x.Interface(), []string{"a", "b"}) {
		t.Errorf("%v, %v", x, err)
	}
	for _, bad := range []string{"", "{", `{"refs":["0000000000000001"],"kinds":""}`} {
		if _, _, err := wire.Unpack(bad, body); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestOptions checks what Ray is given for what.
func TestOptions(t *testing.T) {
	task := func(change func(*core.Options)) *core.TaskSpec {
		o := core.DefaultTask()
		change(&o)
		return &core.TaskSpec{Kind: core.Task, Options: &o, Func: &core.FuncRef{Name: "f"}}
	}
	actor := func(change func(*core.Options)) *core.TaskSpec {
		o := core.DefaultActor()
		change(&o)
		return &core.TaskSpec{Kind: core.ActorStart, Options: &o, Func: &core.FuncRef{Name: "New"}}
	}
	for _, c := range []struct {
		spec *core.TaskSpec
		want string
	}{
		{task(func(*core.Options) {}), `{"num_cpus":1,"max_retries":3,"name":"f"}`},
		{task(func(o *core.Options) {
			o.Resources = core.Resources{core.GPU: 0.5, core.Memory: 100, "disk": 2}
			o.MaxRetries, o.RetryErrors = 0, []string{"k"}
		}), `{"num_cpus":0,"num_gpus":0.5,"memory":100,"resources":{"disk":2},"max_retries":0,"retry":true,"name":"f"}`},
		{actor(func(*core.Options) {}), `{"num_cpus":0}`},
		{actor(func(o *core.Options) {
			o.Name, o.Namespace, o.Detached, o.MaxRestarts, o.MaxTaskRetries, o.MaxConcurrency = "n", "s", true, -1, 2, 3
		}), `{"num_cpus":0,"max_restarts":-1,"max_task_retries":2,"max_concurrency":3,"name":"n","namespace":"s","lifetime":"detached"}`},
		{task(func(o *core.Options) { o.Strategy = core.Strategy{Kind: sched.Spread} }), `{"num_cpus":1,"max_retries":3,"name":"f","strategy":{"kind":"SPREAD"}}`},
		{task(func(o *core.Options) {
			o.Strategy = core.Strategy{Kind: sched.InGroup, Group: 1, Bundle: -1, Capture: true}
		}),
			`{"num_cpus":1,"max_retries":3,"name":"f","strategy":{"kind":"group","group":"0000000000000001","bundle":-1,"capture":true}}`},
		{task(func(o *core.Options) {
			o.Strategy = core.Strategy{Hard: []sched.Match{{Key: "zone", Op: sched.NotIn, Values: []string{"a"}}}}
		}), `{"num_cpus":1,"max_retries":3,"name":"f","strategy":{"kind":"labels","hard":[{"key":"zone","op":"NotIn","values":["a"]}]}}`},
	} {
		o, err := wire.NewOptions(c.spec)
		if err != nil {
			t.Error(err)
		}
		if b, _ := json.Marshal(o); string(b) != c.want {
			t.Errorf("got  %s\nwant %s", b, c.want)
		}
	}
	if _, err := wire.NewOptions(task(func(o *core.Options) {
		o.Strategy = core.Strategy{Kind: sched.Spread, Hard: []sched.Match{{Key: "zone"}}}
	})); err == nil {
		t.Error("labels together with Spread are taken")
	}
}

// TestExceptions checks which failure an exception is.
func TestExceptions(t *testing.T) {
	own := &core.Failure{Kind: core.UserPanic, Text: "ouch", Cell: "In[3]", Line: 4}
	ray := func(name string) *wire.Exception {
		return &wire.Exception{Class: "ray.exceptions." + name, Text: "text"}
	}
	of := func(outer, cause *wire.Exception) *wire.Exception { outer.Cause = cause; return outer }
	for _, c := range []struct {
		x    *wire.Exception
		kind core.FailureKind
		text string
	}{
		{of(ray("RayTaskError"), &wire.Exception{Class: "builtins.ValueError", Failure: own}), core.UserPanic, "ouch"},
		{of(ray("RayTaskError"), ray("TaskCancelledError")), core.Cancelled, "text"},
		{of(ray("RayTaskError"), &wire.Exception{Class: "builtins.KeyboardInterrupt"}), core.Cancelled, "cancelled"},
		{of(ray("RayTaskError"), &wire.Exception{Class: "builtins.ZeroDivisionError", Text: "division by zero"}), core.UserError, "ZeroDivisionError: division by zero"},
		{of(ray("ActorDiedError"), of(ray("RayTaskError"), &wire.Exception{Class: "builtins.ValueError", Failure: own})), core.ActorDied, "its constructor failed: ouch"},
		{ray("ActorDiedError"), core.ActorDied, "text"},
		{ray("ActorUnavailableError"), core.ActorUnavailable, "text"},
		{ray("WorkerCrashedError"), core.WorkerCrashed, "text"},
		{ray("OwnerDiedError"), core.ObjectLost, "text"},
		{ray("OutOfMemoryError"), core.OutOfMemory, "text"},
		{ray("TaskUnschedulableError"), core.Infeasible, "text"},
		{ray("TaskPlacementGroupRemoved"), core.GroupRemoved, "text"},
		{ray("SomethingNew"), core.UserError, "ray.exceptions.SomethingNew: text"},
	} {
		f := c.x.AsFailure("label")
		if f.Kind != c.kind || !strings.Contains(f.Text, c.text) {
			t.Errorf("%s: %s, %q", c.x.Class, f.Kind, f.Text)
		}
	}
}
