package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

type trip struct {
	PassengerCount float64  `json:"passenger_count"`
	TripDistance   float64  `json:"trip_distance"`
	Hour           int      `json:"hour"`
	Note           *string  `json:"note"`
	Tags           []string `json:"tags,omitempty"`
}

func tip(_ context.Context, t trip) (float64, error) {
	if t.TripDistance < 0 {
		return 0, errors.New("negative distance")
	}
	if t.Hour == 99 {
		panic("no such hour")
	}
	return t.TripDistance*2 + float64(t.Hour), nil
}

func tips(all []trip) ([]float64, error) {
	out := make([]float64, len(all))
	for i, t := range all {
		out[i] = t.TripDistance
	}
	return out, nil
}

func pid(*Request) (any, error) { return os.Getpid(), nil }

func generate(r *Request) (any, error) {
	switch r.Text() {
	case "teapot":
		return nil, Errorf(http.StatusTeapot, "short and stout")
	case "reply":
		return &Reply{Status: http.StatusCreated, Header: http.Header{"X-Made": {"yes"}}, Body: []byte("made")}, nil
	}
	return "generated: " + r.Text() + " at " + r.Path, nil
}

func serving(t *testing.T) *Server {
	t.Helper()
	s, err := Start(Config{Port: -1, MaxBody: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := Shutdown(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func run(t *testing.T, a Application, opts ...RunOption) *Handle {
	t.Helper()
	h, err := Run(a, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func send(t *testing.T, method, url, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(b)), resp.Header
}

func TestRequests(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "tip", Handler: tip}.Bind())
	run(t, Deployment{Name: "tips", Handler: tips}.Bind())
	run(t, Deployment{Name: "model", Handler: generate}.Bind(), RoutePrefix("/api/model"))
	good := `{"passenger_count":1,"trip_distance":10,"hour":18}`
	for _, x := range []struct {
		name, method, path, body string
		status                   int
		want                     string // part of the answer
	}{
		{"one record", "POST", "/tip", good, 200, "38"},
		{"an array", "POST", "/tip", "[" + good + "," + good + "]", 200, "[38,38]"},
		{"an array for a slice", "POST", "/tips", "[" + good + "]", 200, "[10]"},
		{"one record for a slice", "POST", "/tips", good, 200, "[10]"},
		{"query", "GET", "/tip?passenger_count=1&trip_distance=2&hour=3", "", 200, "7"},
		{"text by query", "GET", "/api/model?query=What's+up", "", 200, "generated: What's up at /"},
		{"text by body below the prefix", "POST", "/api/model/deep/er", "hello", 200, "generated: hello at /deep/er"},
		{"chosen status", "POST", "/api/model", "teapot", 418, "short and stout"},
		{"own reply", "POST", "/api/model", "reply", 201, "made"},
		{"empty", "POST", "/tip", "", 400, `"the body is empty; send JSON, such as {\"passenger_count\": 1`},
		{"broken", "POST", "/tip", `{"passenger_count":1,,}`, 400, `"offset":22`},
		{"two values", "POST", "/tip", good + good, 400, "not JSON"},
		{"missing field", "POST", "/tip", `{"passenger_count":1,"hour":18,"trip_dist":4}`, 422, `field \"trip_distance\" is missing; the record has \"hour\", \"passenger_count\", \"trip_dist\""`},
		{"field named", "POST", "/tip", `{"passenger_count":1,"hour":18}`, 422, `"field":"trip_distance"`},
		{"number as text", "POST", "/tip", `{"passenger_count":1,"trip_distance":"10","hour":18}`, 422, `field \"trip_distance\" is \"10\"; it must be a number`},
		{"fraction for int", "POST", "/tip", `{"passenger_count":1,"trip_distance":1,"hour":1.5}`, 422, "it must be a whole number"},
		{"null", "POST", "/tip", `{"passenger_count":null,"trip_distance":1,"hour":1}`, 422, `field \"passenger_count\" is null`},
		{"nested", "POST", "/tip", `{"passenger_count":1,"trip_distance":1,"hour":1,"tags":["a",2]}`, 422, `field \"tags[1]\" is 2; it must be a string`},
		{"second record", "POST", "/tip", "[" + good + `,{"passenger_count":1,"trip_distance":true,"hour":1}]`, 422, `record 1: field \"trip_distance\" is true`},
		{"not a record", "POST", "/tip", `5`, 422, "the body is 5, not an object"},
		{"record of another kind", "POST", "/tips", `[1]`, 422, "record 0 is 1, not an object"},
		{"too large", "POST", "/tip", strings.Repeat(" ", 1<<20+1), 413, "larger than 1048576 bytes"},
		{"handler's error", "POST", "/tip", `{"passenger_count":1,"trip_distance":-1,"hour":1}`, 500, "negative distance"},
		{"panic", "POST", "/tip", `{"passenger_count":1,"trip_distance":1,"hour":99}`, 500, "tip panicked: no such hour"},
		{"alive after the panic", "POST", "/tip", good, 200, "38"},
		{"no route", "GET", "/nowhere", "", 404, `"routes":{"/api/model":"model","/tip":"tip","/tips":"tips"}`},
		{"prefix of another word", "GET", "/tipsy", "", 404, "no application answers /tipsy"},
		{"routes", "GET", "/-/routes", "", 200, `"/tip":"tip"`},
		{"health", "GET", "/-/healthz", "", 200, "ok"},
	} {
		t.Run(x.name, func(t *testing.T) {
			status, body, header := send(t, x.method, s.URL()+x.path, x.body)
			if status != x.status || !strings.Contains(body, x.want) {
				t.Errorf("got %d %s, want %d with %s", status, body, x.status, x.want)
			}
			if id := header.Get(requestID); id == "" || status >= 400 && !strings.Contains(body, id) {
				t.Errorf("id %q is not in %s", id, body)
			}
		})
	}
}

func TestReplicas(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "pid", Handler: pid, NumReplicas: 2}.Bind())
	counts := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 250 {
				_, body, _ := send(t, "GET", s.URL()+"/pid", "")
				mu.Lock()
				counts[body]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(counts) != 2 {
		t.Fatalf("pids %v", counts)
	}
	for p, n := range counts {
		if n < 400 || n > 600 || p == fmt.Sprint(os.Getpid()) {
			t.Errorf("pid %s answered %d of 1000 requests", p, n)
		}
	}
	st := Status()
	if !strings.Contains(st.String(), "HEALTHY") || len(st.Apps) != 1 || len(st.Apps[0].Deployments[0].Replicas) != 2 {
		t.Error(st)
	}
}

func TestReplicaKilledUnderLoad(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "pid", Handler: pid, NumReplicas: 2}.Bind())
	victim := Status().Apps[0].Deployments[0].Replicas[0].PID
	var failures, answers atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				resp, err := http.Get(s.URL() + "/pid")
				if err != nil {
					failures.Add(1)
					continue
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if answers.Add(1); resp.StatusCode != 200 {
					failures.Add(1)
				}
			}
		})
	}
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for healthy := false; !healthy; {
		st := Status().Apps[0].Deployments[0]
		healthy = st.Restarts == 1 && st.Status == "HEALTHY"
		if time.Since(began) > 20*time.Second {
			t.Fatalf("not replaced: %+v", st)
		}
		send(t, "GET", s.URL()+"/pid", "")
	}
	t.Logf("replaced after %v", time.Since(began).Round(time.Millisecond))
	close(stop)
	wg.Wait()
	if n := failures.Load(); n > 1 {
		t.Errorf("%d of %d requests failed", n, answers.Load())
	}
	for _, r := range Status().Apps[0].Deployments[0].Replicas {
		if r.PID == victim || r.PID == 0 {
			t.Errorf("%+v", r)
		}
	}
}

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

func slow(ctx context.Context, r *Request) (any, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func TestTimeoutAndQueue(t *testing.T) {
	s, err := Start(Config{Port: -1, RequestTimeout: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Shutdown() })
	run(t, Deployment{Name: "slow", Handler: slow, MaxOngoing: 1, MaxQueued: 1}.Bind())
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for range 4 {
		wg.Go(func() {
			status, _, header := send(t, "GET", s.URL()+"/slow", "")
			if status == 503 && header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			mu.Lock()
			got[status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if got[504] != 2 || got[503] != 2 {
		t.Errorf("statuses %v, want two 504 and two 503", got)
	}
}

func TestPortAndShutdown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_, err = Start(Config{Port: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d is taken by this process", port)) || !strings.Contains(err.Error(), "serve.Start(serve.Config{Port: ") {
		t.Errorf("busy port: %v", err)
	}
	l.Close()
	s, err := Start(Config{Port: port})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Start(); err != nil || again != s {
		t.Error(again, err)
	}
	if again, err := Start(Config{Port: port}); err != nil || again != s {
		t.Error(again, err)
	}
	if _, err := Start(Config{Port: port + 1}); err == nil || !strings.Contains(err.Error(), "already started") {
		t.Error(err)
	}
	h := run(t, Deployment{Name: "pid", Handler: pid}.Bind())
	replica := Status().Apps[0].Deployments[0].Replicas[0].PID
	if err := Shutdown(); err != nil {
		t.Fatal(err)
	}
	if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		t.Error("the port is still taken:", err)
	} else {
		l.Close()
	}
	if _, err := h.Call(&Request{}).Get(); !errors.Is(err, ErrNotRunning) {
		t.Error(err)
	}
	for began := time.Now(); syscall.Kill(replica, 0) == nil; {
		if time.Since(began) > 5*time.Second {
			t.Fatal("the replica's process is still there")
		}
		ray.Wait([]ray.ObjectRef[int]{}, ray.Timeout(10*time.Millisecond))
	}
	if st := Status(); st.URL != "" || !strings.Contains(st.String(), "not running") {
		t.Error(st)
	}
}

func TestApplications(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "v", Handler: newStep}.Bind("one"))
	if _, err := Run(Deployment{Name: "other", Handler: newStep, RoutePrefix: "/v"}.Bind("x")); err == nil || !strings.Contains(err.Error(), `route /v belongs to application "v"`) {
		t.Error(err)
	}
	run(t, Deployment{Name: "v", Handler: newStep}.Bind("two"))
	if _, body, _ := send(t, "POST", s.URL()+"/v", "x"); body != "x|two" {
		t.Error(body)
	}
	if err := Delete("w"); err == nil || !strings.Contains(err.Error(), "running are [v]") {
		t.Error(err)
	}
	if err := Delete("v"); err != nil {
		t.Error(err)
	}
	if status, _, _ := send(t, "POST", s.URL()+"/v", "x"); status != 404 {
		t.Error(status)
	}
}

func TestMistakes(t *testing.T) {
	serving(t)
	x := 5
	for want, a := range map[string]Application{
		"make it with Deployment.Bind":        {},
		"give it a function or a constructor": Deployment{Name: "n"}.Bind(),
		"needs a name":                        Deployment{Handler: func() int { return 1 }}.Bind(),
		"has a # or a /":                      Deployment{Name: "a/b", Handler: pid}.Bind(),
		"use numbers ≥ 0":                     Deployment{Name: "n", Handler: pid, NumReplicas: -1}.Bind(),
		"begin it with /":                     Deployment{Name: "n", Handler: pid, RoutePrefix: "n"}.Bind(),
		"captures":                            Deployment{Name: "n", Handler: func() int { return x }}.Bind(),
		`two deployments are named "s"`:       Deployment{Name: "s", Handler: newPipeline}.Bind(Deployment{Name: "s", Handler: newStep}.Bind("x"), nil),
		"argument 1: a int is no string":      Deployment{Name: "s", Handler: newStep}.Bind(5),
		"takes 1 argument(s), got 2":          Deployment{Name: "s", Handler: newStep}.Bind("a", "b"),
	} {
		_, err := Run(a)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestDecodeJSONAgainstStdlib(t *testing.T) {
	// What passes the checks must decode.
	for _, body := range []string{`{"PASSENGER_COUNT":1,"trip_distance":2,"hour":3,"note":null}`, `{"passenger_count":1e2,"trip_distance":-0,"hour":3,"note":"n","tags":[]}`} {
		var v trip
		if err := decodeJSON([]byte(body), &v); err != nil {
			t.Error(body, err)
		}
		var w trip
		if err := json.Unmarshal([]byte(body), &w); err != nil || v.PassengerCount != w.PassengerCount {
			t.Error(err)
		}
	}
	var times struct{ At time.Time }
	if err := decodeJSON([]byte(`{"At":"yesterday"}`), &times); err == nil || !strings.Contains(err.Error(), `field "At"`) {
		t.Error(err)
	}
	if !bytes.Contains([]byte(sampleOf(answerType, 0)), []byte("Status")) {
		t.Error(sampleOf(answerType, 0))
	}
}
