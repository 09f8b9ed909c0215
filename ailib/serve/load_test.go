package serve

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// load sends requests from several clients until stop is called, which returns the answers by
// status and body.
func load(t *testing.T, url string, clients int) (stop func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	got := map[string]int{}
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				status, body, _ := send(t, "POST", url, "x")
				mu.Lock()
				got[fmt.Sprintf("%d %s", status, body)]++
				mu.Unlock()
			}
		})
	}
	return func() map[string]int {
		close(done)
		wg.Wait()
		return got
	}
}

// A new version takes over without a request being lost, and a broken one not at all.
func TestUpdateUnderLoad(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "v", Handler: newStep, NumReplicas: 2}.Bind("one"))
	stop := load(t, s.URL()+"/v", 4)
	for Status().Apps[0].Deployments[0].Replicas[0].Total == 0 {
		runtimeYield()
	}
	if _, err := Run(Deployment{Name: "v", Handler: newGreeter}.Bind("")); err == nil {
		t.Error("a constructor that fails was deployed")
	}
	run(t, Deployment{Name: "v", Handler: newStep, NumReplicas: 2}.Bind("two"))
	if _, body, _ := send(t, "POST", s.URL()+"/v", "x"); body != "x|two" {
		t.Error("after the update:", body)
	}
	got := stop()
	for answer, n := range got {
		if answer != "200 x|one" && answer != "200 x|two" {
			t.Errorf("%d times %s", n, answer)
		}
	}
	if got["200 x|one"] == 0 {
		t.Error("the first version was not asked", got)
	}
}

// watched waits for the end of its context and says so by a file, as it runs in another process.
func watched(ctx context.Context, r *Request) (any, error) {
	dir := r.Query.Get("dir")
	os.WriteFile(filepath.Join(dir, "started"), nil, 0o600)
	<-ctx.Done()
	os.WriteFile(filepath.Join(dir, "cancelled"), nil, 0o600)
	return nil, context.Cause(ctx)
}

func awaitFile(t *testing.T, path string) {
	t.Helper()
	for began := time.Now(); ; {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("no", path)
		}
		runtimeYield()
	}
}

// runtimeYield lets other processes run.
func runtimeYield() {
	ray.Wait([]ray.ObjectRef[int]{ray.Remote[int](nothing).Remote()})
}

func nothing() int { return 0 }

func TestClientGoesAway(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "watched", Handler: watched}.Bind())
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	req, _ := http.NewRequestWithContext(ctx, "GET", s.URL()+"/watched?dir="+dir, nil)
	finished := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(req)
		finished <- err
	}()
	awaitFile(t, filepath.Join(dir, "started"))
	began := time.Now()
	cancel()
	if err := <-finished; err == nil {
		t.Error("an answer after the cancellation")
	}
	awaitFile(t, filepath.Join(dir, "cancelled"))
	t.Logf("the handler's context ended after %v", time.Since(began).Round(time.Millisecond))
}

var sessionEnds atomic.Int32

// ray.Shutdown ends Serve too.
func TestSessionEnd(t *testing.T) {
	l, port := listenBelow(t)
	l.Close()
	if _, err := Start(Config{Port: port}); err != nil {
		t.Fatal(err)
	}
	run(t, Deployment{Name: "pid", Handler: pid, NumReplicas: 2}.Bind())
	before := sessionEnds.Load()
	ray.OnShutdown(func() { sessionEnds.Add(1) })
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	if sessionEnds.Load() != before+1 || Status().URL != "" {
		t.Error("Serve goes on without a session", Status())
	}
	if l, err := listen(Config{Host: "127.0.0.1", Port: port}); err != nil {
		t.Error("the port is still taken:", err)
	} else {
		l.Close()
	}
	if _, err := Start(); err == nil {
		t.Error("started without a session")
	}
	if _, err := ray.Init(session); err != nil {
		t.Fatal(err)
	}
}

func echo(r *Request) (any, error) { return r.Body, nil }

// Large bodies go through shared memory, and come back whole.
func TestLargeBodies(t *testing.T) {
	s, err := Start(Config{Port: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Shutdown() })
	run(t, Deployment{Name: "echo", Handler: echo, NumReplicas: 2}.Bind())
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			body := strings.Repeat(fmt.Sprint(i, " "), 1<<20)
			for range 3 {
				if status, got, _ := send(t, "POST", s.URL()+"/echo", body); status != 200 || got != strings.TrimSpace(body) {
					t.Errorf("status %d, %d bytes of %d", status, len(got), len(body))
				}
			}
		})
	}
	wg.Wait()
}

// Many clients at once wait for their turn.
func TestManyClients(t *testing.T) {
	s, err := Start(Config{Port: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Shutdown() })
	run(t, Deployment{Name: "pid", Handler: pid, NumReplicas: 2, MaxOngoing: 2}.Bind())
	var bad atomic.Int64
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			if status, _, _ := send(t, "GET", s.URL()+"/pid", ""); status != 200 {
				bad.Add(1)
			}
		})
	}
	wg.Wait()
	if bad.Load() > 0 {
		t.Errorf("%d of 300 requests failed", bad.Load())
	}
	for _, r := range Status().Apps[0].Deployments[0].Replicas {
		if r.Ongoing != 0 {
			t.Errorf("%+v", r)
		}
	}
}
