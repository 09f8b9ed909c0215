package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

type settings struct {
	Threshold float64
	Labels    []string
}

// tunable is configured after it is made, and falls ill when it is told to.
type tunable struct {
	mu  sync.Mutex
	set settings
	ill bool
}

func newTunable() *tunable { return &tunable{} }

func (x *tunable) Reconfigure(s settings) error {
	if s.Threshold < 0 {
		return errors.New("negative threshold")
	}
	x.set = s
	return nil
}

func (x *tunable) CheckHealth(context.Context) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ill {
		return errors.New("ill")
	}
	return nil
}

func (x *tunable) Handle(in string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ill = x.ill || in == "fall ill"
	return fmt.Sprint(os.Getpid(), " ", x.set.Threshold, " ", x.set.Labels)
}

func TestUserConfig(t *testing.T) {
	s := serving(t)
	d := Deployment{Name: "tunable", Handler: newTunable, UserConfig: settings{0.5, []string{"a"}}}
	run(t, d.Bind())
	if _, body, _ := send(t, "POST", s.URL()+"/tunable", "x"); !strings.HasSuffix(body, " 0.5 [a]") {
		t.Error(body)
	}
	d.Name, d.UserConfig = "broken", settings{Threshold: -1}
	if _, err := Run(d.Bind()); err == nil || !strings.Contains(err.Error(), "negative threshold") {
		t.Error(err)
	}
	if _, err := Run(Deployment{Name: "fixed", Handler: newStep, UserConfig: 1}.Bind("x")); err == nil || !strings.Contains(err.Error(), "no method Reconfigure") {
		t.Error(err)
	}
}

// A replica that says that it is not well is replaced.
func TestHealthCheck(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "tunable", Handler: newTunable, HealthPeriod: 20 * time.Millisecond}.Bind())
	_, first, _ := send(t, "POST", s.URL()+"/tunable", "fall ill")
	for began := time.Now(); ; {
		status, body, _ := send(t, "POST", s.URL()+"/tunable", "how are you")
		if status == 200 && body != first {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("not replaced: %d %s", status, body)
		}
	}
	if d := Status().Apps[0].Deployments[0]; d.Restarts != 1 {
		t.Errorf("%+v", d)
	}
}

// lockedBuffer is a log that several requests write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestAccessLog(t *testing.T) {
	log := &lockedBuffer{}
	s, err := Start(Config{Port: -1, AccessLog: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Shutdown() })
	_, _, header := send(t, "GET", s.URL()+"/nowhere", "")
	if line := log.String(); !strings.Contains(line, `GET "/nowhere" 404`) || !strings.Contains(line, "id="+header.Get(requestID)) {
		t.Errorf("log %q", line)
	}
}

func TestBlocking(t *testing.T) {
	serving(t)
	ended := make(chan error, 1)
	go func() {
		_, err := Run(Deployment{Name: "pid", Handler: pid}.Bind(), Blocking())
		ended <- err
	}()
	for len(Status().Apps) == 0 || Status().Apps[0].Status != "RUNNING" {
		runtimeYield()
	}
	select {
	case err := <-ended:
		t.Fatal("Run returned while the application runs:", err)
	default:
	}
	if err := Delete("pid"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Values in the object store reach a constructor as what they are.
func TestBindReference(t *testing.T) {
	s := serving(t)
	run(t, Deployment{Name: "step", Handler: newStep}.Bind(ray.Put("stored")))
	if _, body, _ := send(t, "POST", s.URL()+"/step", "x"); body != "x|stored" {
		t.Error(body)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(Deployment{Name: "late", Handler: newStep}.Bind("x"), Context(ctx)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
