package wire_test

import (
	"encoding/binary"
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
	if f := out.Func; f.Name != "f" || f.PC != 77 || f.Live != nil || f.Captures.Inline != nil || f.Native != "file" {
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
		{&wire.Exception{Class: "ray.exceptions.RayActorError", Text: "died\n\tclass_name: A\n\tactor_id: 1\n\tpid: 1\n"}, core.ActorDied, "died"},
		{&wire.Exception{Class: "ray.exceptions.RayActorError", Text: "died\n\tclass_name: \n\tactor_id: 1\n"}, core.ActorUnavailable, "died"},
		{ray("WorkerCrashedError"), core.WorkerCrashed, "text"},
		{ray("OwnerDiedError"), core.ObjectLost, "text"},
		{ray("OutOfMemoryError"), core.OutOfMemory, "text"},
		{ray("TaskUnschedulableError"), core.Infeasible, "text"},
		{ray("ActorUnschedulableError"), core.Infeasible, "text"},
		{&wire.Exception{Class: "ray.exceptions.ActorUnschedulableError", Text: "Could not create the actor because its associated placement group was removed."}, core.ActorDied, "its placement group"},
		{ray("TaskPlacementGroupRemoved"), core.GroupRemoved, "text"},
		{ray("SomethingNew"), core.UserError, "ray.exceptions.SomethingNew: text"},
	} {
		f := c.x.AsFailure("label")
		if f.Kind != c.kind || !strings.Contains(f.Text, c.text) {
			t.Errorf("%s: %s, %q", c.x.Class, f.Kind, f.Text)
		}
	}
}

// TestStateOfACluster reads what the shim says of Ray's state API.
func TestStateOfACluster(t *testing.T) {
	v, err := wire.ReadView([]byte(`{"Rows": [{"task_id": "aa", "name": "fit", "state": "PENDING_NODE_ASSIGNMENT", "type": "NORMAL_TASK",
		"required_resources": {"CPU": 1, "GPU": 3}, "creation_time_ms": 1000, "error_type": null, "worker_pid": null}],
		"Nodes": [{"ID": "n1", "Total": {"CPU": 4}, "Free": {"CPU": 0.5}}, {"ID": "n2", "Total": {"CPU": 1, "GPU": 1}, "Free": null}]}`))
	if err != nil {
		t.Fatal(err)
	}
	x := wire.Explain(7, "task", v)
	if x.ID != 7 || x.State != "WAITING_FOR_RESOURCES" || x.Asks != "CPU 1, GPU 3" || x.Infeasible != "it asks for CPU 1, GPU 3, and no node has more than CPU 4, GPU 1" {
		t.Errorf("%+v", x)
	}
	if len(x.Nodes) != 2 || x.Nodes[0].Text != "asks for GPU 3, has none; asks for CPU 1, 0.5 of 4 is free" || x.Nodes[1].Text != "asks for GPU 3, has GPU 1" || x.Nodes[0].Feasible {
		t.Errorf("%+v", x.Nodes)
	}
	delete(v.Rows[0].Resources, "GPU")
	if x := wire.Explain(7, "task", v); x.Infeasible != "" || !x.Nodes[0].Feasible || x.Nodes[0].Text != "asks for CPU 1, 0.5 of 4 is free" || x.Nodes[1].Text != "" {
		t.Errorf("%+v", x)
	}
	s := wire.Survey("tasks", v, map[string]core.ID{"aa": 7})
	if len(s.Tasks) != 1 || s.Tasks[0].ID != 7 || s.Tasks[0].RayID != "aa" || !s.Tasks[0].Submitted.Equal(time.UnixMilli(1000)) {
		t.Errorf("%+v", s.Tasks)
	}
}

// TestLetter reads a letter as the shim does.
func TestLetter(t *testing.T) {
	text, err := marshal.EncodeAny(reflect.ValueOf("hello"))
	if err != nil {
		t.Fatal(err)
	}
	o := core.DefaultTask()
	spec := &core.TaskSpec{ID: 5, Kind: core.Task, Options: &o, Func: &core.FuncRef{Name: "f", IsCell: true, Captures: text},
		Args: []core.Arg{{Value: text}}}
	letter, err := wire.Letter(&wire.Header{Label: "f", Returns: 1}, spec)
	if err != nil || letter == nil {
		t.Fatalf("%q, %v", letter, err)
	}
	part := func() []byte {
		n := binary.LittleEndian.Uint32(letter)
		p := letter[4 : 4+n]
		letter = letter[4+n:]
		return p
	}
	if h := string(part()); h != `{"label":"f","returns":1,"captures":true}` {
		t.Errorf("the header is %s", h)
	}
	var c struct {
		Skip int
		Vals [][2]any
	}
	if err := json.Unmarshal(part(), &c); err != nil || len(c.Vals) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if s, err := wire.DecodeSpec(letter[:c.Skip]); err != nil || s.ID != 5 {
		t.Errorf("%+v, %v", s, err)
	}
	letter = letter[c.Skip:]
	for _, v := range c.Vals {
		n := int(v[1].(float64))
		got, _, err := wire.Unpack(v[0].(string), letter[:n])
		if x, err2 := marshal.Decode(got, nil); err != nil || err2 != nil || x.String() != "hello" {
			t.Errorf("%v, %v, %v", x, err, err2)
		}
		letter = letter[n:]
	}
	if len(letter) != 0 {
		t.Errorf("%d bytes are left", len(letter))
	}
	for name, args := range map[string][]core.Arg{
		"an object":            {{Ref: 7}},
		"a nested reference":   {{Value: core.Value{Inline: []byte("x"), Refs: []core.ID{3}}}},
		"a large value":        {{Value: core.Value{Inline: make([]byte, 1<<17)}}},
		"a value that is none": {{Value: core.Value{Failure: &core.Failure{}}}},
	} {
		spec.Args = args
		if letter, err := wire.Letter(&wire.Header{}, spec); letter != nil || err != nil {
			t.Errorf("%s travels in a letter: %v", name, err)
		}
	}
}

// A small value without references is a note; what is no note is left to others.
func TestNoteTravels(t *testing.T) {
	note := wire.Note(`{"any":true}`, []byte("body"), 0)
	meta, body, ok := wire.ReadNote(note)
	if !ok || meta != `{"any":true}` || string(body) != "body" {
		t.Errorf("got %q, %q, %v", meta, body, ok)
	}
	for _, b := range [][]byte{nil, []byte("goray/1"), note[:len("goray/1")+12], append(note[:16:16], 0xff, 0xff, 0xff, 0xff, 'x')} {
		if _, _, ok := wire.ReadNote(b); ok {
			t.Errorf("%q is no note", b)
		}
	}
	if wire.Note("{}", nil, 1) != nil || wire.Note("{}", make([]byte, 1<<20), 0) != nil {
		t.Error("references and large bodies have no place in a note")
	}
}
