package dashboard_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/dashboard"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// session is a Source that tells what a test wants.
type session struct {
	finished atomic.Int64
}

func (s *session) Gauges() core.Gauges {
	return core.Gauges{
		At: time.Now(), Finished: s.finished.Load(), Failed: 1, Actors: map[string]int{"ALIVE": 1}, Groups: map[string]int{"CREATED": 1},
		Tasks: []core.TaskGauge{{Name: `odd"name\`, State: "RUNNING", Count: 2}, {Name: "f", State: "RETRYING", Retry: true, Count: 1}},
		Nodes: []core.NodeGauge{{
			ID: "alpha", Alive: true, Head: true, Total: core.Resources{core.CPU: 2}, Free: core.Resources{core.CPU: 0.5},
			StoreUsed: 10, StoreCapacity: 100, Workers: []core.WorkerGauge{{PID: 42, Running: "f", Memory: 7}},
		}, {ID: "beta"}},
		Driver: core.WorkerGauge{PID: 41},
	}
}

func (s *session) EachTask(f func(*core.TaskState)) {
	f(&core.TaskState{ID: 7, Name: "<b>square</b>", State: "RUNNING", Kind: "NORMAL_TASK"})
	f(&core.TaskState{ID: 8, Parent: 7, Name: "fit", State: "FAILED", Failure: "error", Error: "no luck", Cell: "In[3]", Line: 4, Duration: 5e6, Started: time.Unix(1, 0)})
}

func (s *session) EachAttempt(f func(*core.Attempt)) int64 {
	f(&core.Attempt{TaskState: core.TaskState{ID: 8, State: "FAILED"}})
	return 0
}
func (s *session) EachObject(f func(*core.ObjectState)) {
	f(&core.ObjectState{ID: 1, Bytes: 5, Ready: true})
	f(&core.ObjectState{ID: 2, Bytes: 9, Shared: true, Ready: true, File: "x"})
}
func (s *session) AllActors() []core.ActorInfo {
	return []core.ActorInfo{{ID: 9, Class: "Tally", State: "ALIVE"}}
}
func (s *session) AllWorkers() []core.WorkerState { return nil }
func (s *session) Info() core.Info                { return core.Info{NodeID: "alpha", SessionDir: "/"} }
func (s *session) Groups() ([]core.GroupInfo, error) {
	return []core.GroupInfo{{State: "CREATED"}}, nil
}
func (s *session) Explain(id core.ID) (core.Explanation, error) {
	return core.Explanation{ID: id, Note: "it runs"}, nil
}
func (s *session) Stack(id core.ID) string {
	return map[core.ID]string{8: "In[3]:4 fit"}[id]
}
func (s *session) Output(id core.ID, pid int) ([]core.OutputLine, bool) {
	return []core.OutputLine{{PID: 42, Text: "hello"}, {PID: 42, Text: "again", Stderr: true}}, pid == 42 || id == 7
}

func start(t *testing.T, c dashboard.Config) *dashboard.Dashboard {
	t.Helper()
	d, err := dashboard.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	d.Serve(&session{})
	t.Cleanup(func() { d.Close() })
	return d
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// get asks with headers, as name and value in turn; "Host" is another name for the server.
func get(t *testing.T, address string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestPageBringsItsOwn(t *testing.T) {
	d := start(t, dashboard.Config{})
	res, body := get(t, d.URL)
	if res.StatusCode != 200 || !strings.Contains(body, "<title>goray</title>") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d %v: %s", res.StatusCode, res.Header, body)
	}
	for _, name := range []string{"app.js", "app.css", "icon.svg", "overview.js", "lists.js", "tasks.js", "logs.js", "table.js", "chart.js", "dom.js"} {
		res, body := get(t, d.URL+"/static/"+name)
		if res.StatusCode != 200 || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
		for _, foreign := range []string{"https://", "innerHTML", "eval("} {
			if strings.Contains(body, foreign) {
				t.Errorf("%s has %s", name, foreign)
			}
		}
	}
	if res, _ := get(t, d.URL+"/nothing"); res.StatusCode != http.StatusNotFound {
		t.Error(res.StatusCode)
	}
}

func TestAPI(t *testing.T) {
	d := start(t, dashboard.Config{})
	for path, want := range map[string][]string{
		"tasks":                  {`"total":2`, `"task_id":"0000000000000007"`, `\u003cb\u003e`},
		"tasks?limit=1":          {`"num_filtered":2`, "0000000000000007"},
		"tasks?q=NO+LUCK":        {`"num_filtered":1`, `"error_message":"no luck"`, `"end_time_ms":1005`},
		"tasks/summarize":        {`"func_or_class_name":"fit"`, `"FAILED":1`, `"declared":"In[3]:4"`},
		"tasks/0000000000000008": {`"stack":"In[3]:4 fit"`, `"cell":"In[3]"`, `"line":4`},
		"tasks/0000000000000007": {`"Note":"it runs"`, `"children":[{"name":"fit"`},
		"actors":                 {`"class_name":"Tally"`}, "actors/0000000000000009": {`"state":"ALIVE"`},
		"objects": {`"state":"SPILLED"`, `"object_size":9`},
		"nodes":   {`"state":"DEAD"`, `"is_head_node":true`, `"CPU":0.5`},
		"workers": {`"pid":42`, `"state":"DRIVER"`}, "placement_groups": {`"state":"CREATED"`}, "metrics": {`"result":[]`},
		"cluster":     {`"tasks":{"RETRYING":1,"RUNNING":2}`, `"kinds":["actors"`},
		"logs?pid=42": {`"text":"hello"`, `"stream":"stderr"`}, "logs?pid=42&lines=1": {"again"}, "logs?task_id=0000000000000007": {"hello"},
		"series": {`"times":[`},
		"tasks?filter_keys=state&filter_predicates=!%3D&filter_values=running": {`"num_filtered":1`, "fit"},
	} {
		res, body := get(t, d.URL+"/api/v0/"+path)
		if res.StatusCode != 200 || !json.Valid([]byte(body)) || !strings.Contains(body, `"result":true`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s: no %s in %s", path, w, body)
			}
		}
	}
	for path, want := range map[string]int{
		"logs": 400, "logs?pid=1": 404, "tasks/xyz": 404, "actors/00": 404, "tasks?limit=x": 400,
		"tasks?filter_keys=colour&filter_predicates=%3D&filter_values=red": 400, "tasks?filter_keys=state": 400,
		"tasks?filter_keys=state&filter_predicates=%3C&filter_values=x": 400,
	} {
		if res, body := get(t, d.URL+"/api/v0/"+path); res.StatusCode != want || !strings.Contains(body, `"result":false`) {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
}

// TestStream reads two events, between which a second passes, and the series that it has made.
func TestStream(t *testing.T) {
	d := start(t, dashboard.Config{})
	res, err := client.Get(d.URL + "/api/v0/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	events := 0
	for lines := bufio.NewScanner(res.Body); events < 2 && lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events++
			if !json.Valid([]byte(data)) || !strings.Contains(data, `"tasks_finished"`) {
				t.Error(data)
			}
		}
	}
	if events != 2 {
		t.Error(events, "events")
	}
	if _, body := get(t, d.URL+"/api/v0/series?range=fine"); !strings.Contains(body, `"running":[2`) || !strings.Contains(body, `"node0_cpu":[75`) {
		t.Error(body)
	}
}

func TestLoopbackRefusesForeigners(t *testing.T) {
	d := start(t, dashboard.Config{})
	if d.Token != "" {
		t.Error("a token on the loopback interface")
	}
	port := d.URL[strings.LastIndexByte(d.URL, ':'):]
	for _, c := range []struct {
		headers []string
		want    int
	}{
		{[]string{"Host", "evil.example"}, 403},
		{[]string{"Host", "evil.example" + port}, 403},
		{[]string{"Host", "localhost" + port}, 200},
		{[]string{"Host", "[::1]" + port}, 200},
		{[]string{"Origin", "http://evil.example"}, 403},
		{[]string{"Origin", "null"}, 403},
		{[]string{"Origin", d.URL}, 200},
		{[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		{[]string{"Sec-Fetch-Site", "same-origin"}, 200},
	} {
		for _, path := range []string{"/api/v0/tasks", "/metrics"} {
			if res, _ := get(t, d.URL+path, c.headers...); res.StatusCode != c.want {
				t.Errorf("%s %q: %d, want %d", path, c.headers, res.StatusCode, c.want)
			}
		}
	}
	if res, _ := get(t, d.URL, "Sec-Fetch-Site", "cross-site"); res.StatusCode != 200 {
		t.Error("a link from another page does not open it:", res.StatusCode)
	}
}

func TestToken(t *testing.T) {
	t.Setenv(dashboard.EnvToken, "")
	t.Setenv(dashboard.EnvTokenPath, "")
	d := start(t, dashboard.Config{Host: "0.0.0.0"})
	if !d.Made || len(d.Token) < 20 {
		t.Fatalf("no token was made: %q", d.Token)
	}
	at := "http://127.0.0.1" + d.URL[strings.LastIndexByte(d.URL, ':'):]
	for _, c := range []struct {
		path    string
		headers []string
		want    int
	}{
		{"/", nil, 401}, {"/api/v0/tasks", nil, 401}, {"/metrics", nil, 401}, {"/static/app.js", nil, 401}, {"/api/v0/stream", nil, 401},
		{"/api/v0/tasks?token=" + d.Token, nil, 401}, // addresses are written down in many places
		{"/api/v0/tasks", []string{"Authorization", "Bearer " + d.Token[1:]}, 401},
		{"/api/v0/tasks", []string{"Authorization", d.Token}, 401},
		{"/api/v0/tasks", []string{"Authorization", "Bearer " + d.Token}, 200},
		{"/api/v0/tasks", []string{"X-Ray-Authorization", "Bearer " + d.Token}, 200},
		{"/metrics", []string{"Authorization", "Bearer " + d.Token}, 200},
		{"/metrics", []string{"Authorization", "Bearer " + d.Token, "Origin", "http://evil.example"}, 403},
		{"/?token=wrong", nil, 401},
	} {
		if res, _ := get(t, at+c.path, c.headers...); res.StatusCode != c.want {
			t.Errorf("%s %q: %d, want %d", c.path, c.headers, res.StatusCode, c.want)
		}
	}
	res, _ := get(t, at+"/?token="+d.Token)
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/" {
		t.Fatal(res.StatusCode, res.Header)
	}
	i := slices.IndexFunc(res.Cookies(), func(c *http.Cookie) bool { return strings.HasPrefix(c.Name, "goray_token_") })
	if i < 0 || strings.Contains(res.Cookies()[i].Value, d.Token) || !res.Cookies()[i].HttpOnly || res.Cookies()[i].SameSite != http.SameSiteStrictMode {
		t.Fatal(res.Cookies())
	}
	c := res.Cookies()[i]
	if res, _ := get(t, at+"/api/v0/tasks", "Cookie", c.Name+"="+c.Value); res.StatusCode != 200 {
		t.Error("the cookie does not open it:", res.StatusCode)
	}
}

// TestAnyToken: a browser gets in with whatever somebody has chosen.
func TestAnyToken(t *testing.T) {
	const token = `a "token"; with, é\ and more`
	d := start(t, dashboard.Config{Host: "0.0.0.0", Token: token})
	at := "http://127.0.0.1" + d.URL[strings.LastIndexByte(d.URL, ':'):]
	res, _ := get(t, at+"/?token="+url.QueryEscape(token))
	if len(res.Cookies()) != 1 {
		t.Fatal(res.StatusCode, res.Header)
	}
	c := res.Cookies()[0]
	if res, body := get(t, at+"/api/v0/tasks", "Cookie", c.Name+"="+c.Value); res.StatusCode != 200 {
		t.Error("the cookie does not open it:", res.StatusCode, body)
	}
}

func TestChosenToken(t *testing.T) {
	t.Setenv(dashboard.EnvTokenPath, t.TempDir()+"/none")
	t.Setenv(dashboard.EnvToken, "")
	if _, _, err := dashboard.Access(""); err == nil || !strings.Contains(err.Error(), "write one") {
		t.Error(err)
	}
	t.Setenv(dashboard.EnvToken, "short")
	if _, _, err := dashboard.Access(""); err == nil || !strings.Contains(err.Error(), "at least") {
		t.Error(err)
	}
	t.Setenv(dashboard.EnvToken, "long enough")
	if token, made, err := dashboard.Access(""); token != "long enough" || made || err != nil {
		t.Error(token, made, err)
	}
}

func TestBusyPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err = dashboard.Open(dashboard.Config{Port: l.Addr().(*net.TCPAddr).Port}); err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Error(err)
	}
	if first, second := start(t, dashboard.Config{}), start(t, dashboard.Config{}); first.URL == second.URL {
		t.Error("both at", first.URL)
	}
}
