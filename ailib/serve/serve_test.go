package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
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
	if !strings.Contains(st.String(), "RUNNING") || len(st.Apps) != 1 || len(st.Apps[0].Deployments[0].Replicas) != 2 {
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
