package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

type greeter struct {
	greeting string
	calls    atomic.Int64
}

func newGreeter(greeting string) (*greeter, error) {
	if greeting == "" {
		return nil, errors.New("no greeting")
	}
	return &greeter{greeting: greeting}, nil
}

func (g *greeter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Greeter", "1")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, "%s %s %s", g.greeting, r.URL.Query().Get("who"), body)
}
func (g *greeter) Greet(who string) string { g.calls.Add(1); return g.greeting + " " + who }
func (g *greeter) Calls() int64            { return g.calls.Load() }

func TestConstructor(t *testing.T) {
	s := serving(t)
	h := run(t, Deployment{Name: "greeter", Handler: newGreeter}.Bind("hello"))
	status, body, header := send(t, "POST", s.URL()+"/greeter?who=you", "!")
	if status != 202 || body != "hello you !" || header.Get("X-Greeter") != "1" {
		t.Error(status, body, header)
	}
	if got, err := Call[string](h.Method("Greet"), "them"); err != nil || got != "hello them" {
		t.Error(got, err)
	}
	if n, err := Call[int](h.Method("Calls")); err != nil || n != 1 {
		t.Error(n, err)
	}
	_, err := Call[string](h.Method("Shout"))
	if err == nil || !strings.Contains(err.Error(), `no exported method "Shout"; it has [Calls Greet ServeHTTP]`) {
		t.Error(err)
	}
	if _, err := Call[string](h); err == nil || !strings.Contains(err.Error(), "Handle.Method") {
		t.Error(err)
	}
	_, err = Run(Deployment{Name: "silent", Handler: newGreeter}.Bind(""))
	if err == nil || !strings.Contains(err.Error(), "DEPLOY_FAILED: silent") || !strings.Contains(err.Error(), "no greeting") {
		t.Error(err)
	}
}

type step struct{ suffix string }

func newStep(suffix string) *step                          { return &step{suffix} }
func (s *step) Handle(_ context.Context, in string) string { return in + "|" + s.suffix }

type pipeline struct{ first, second *Handle }

func newPipeline(first, second *Handle) *pipeline { return &pipeline{first, second} }
func (p *pipeline) Handle(ctx context.Context, in string) (string, error) {
	return CallContext[string](ctx, p.second, p.first.CallContext(ctx, in))
}

func TestComposition(t *testing.T) {
	s := serving(t)
	first := Deployment{Name: "first", Handler: newStep}.Bind("val1")
	second := Deployment{Name: "second", Handler: newStep}.Bind("val2")
	h := run(t, Deployment{Name: "pipeline", Handler: newPipeline}.Bind(first, second))
	if got, err := Call[string](h, "input"); err != nil || got != "input|val1|val2" {
		t.Error(got, err)
	}
	if _, body, _ := send(t, "POST", s.URL()+"/pipeline", "input"); body != "input|val1|val2" {
		t.Error(body)
	}
	if st := Status(); len(st.Apps[0].Deployments) != 3 {
		t.Error(st)
	}
	// A dead step is looked up again by the process that calls it.
	for _, d := range Status().Apps[0].Deployments {
		if d.Name == "second" {
			syscall.Kill(d.Replicas[0].PID, syscall.SIGKILL)
		}
	}
	if got, err := Call[string](h, "again"); err != nil || got != "again|val1|val2" {
		t.Error(got, err)
	}
}

type linear struct{ weights map[string]float64 }

func loadLinear(weights map[string]float64) (*linear, error) { return &linear{weights}, nil }
func (l *linear) InputFields() []string                      { return []string{"a", "b"} }
func (l *linear) PredictRecords(records []map[string]any) ([]map[string]any, error) {
	out := make([]map[string]any, len(records))
	for i, r := range records {
		sum := 0.0
		for k, w := range l.weights {
			sum += w * r[k].(float64)
		}
		out[i] = map[string]any{"prediction": sum}
	}
	return out, nil
}

func TestPredictor(t *testing.T) {
	s := serving(t)
	run(t, PredictorDeployment{Name: "XGBoostService", NumReplicas: 2, Load: loadLinear, RoutePrefix: "/rayair"}.Bind(map[string]float64{"a": 2, "b": 3}))
	for _, x := range []struct {
		body   string
		status int
		want   string
	}{
		{`[{"a":1,"b":2},{"a":0,"b":0,"more":"ignored"}]`, 200, `[{"prediction":8},{"prediction":0}]`},
		{`{"a":1,"b":2}`, 200, `{"prediction":8}`},
		{`[]`, 200, `[]`},
		{`[{"a":1}]`, 422, `record 0: field \"b\" is missing; the record has \"a\"`},
		{`[{"a":1,"b":"2"}]`, 422, `field \"b\" is \"2\"; it must be a number`},
		{`[{"a":1,"b":null}]`, 422, `field \"b\" is null; it must be a number`},
		{`[{"a":1,"b":2},7]`, 422, `record 1 is 7, not a record`},
		{`"text"`, 422, "not a record"},
		{`{"a":1`, 400, "not JSON"},
		{``, 400, "empty"},
	} {
		status, body, _ := send(t, "POST", s.URL()+"/rayair", x.body)
		if status != x.status || !strings.Contains(body, x.want) {
			t.Errorf("%s: got %d %s, want %d with %s", x.body, status, body, x.status, x.want)
		}
	}
	if status, body, _ := send(t, "GET", s.URL()+"/", ""); status != 404 {
		t.Error(status, body)
	}
}
