package serve

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// listenBelow takes a port that no client connection gets as its own.
func listenBelow(t *testing.T) (net.Listener, int) {
	t.Helper()
	for port := 20000 + os.Getpid()%5000; port < 32000; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return l, port
		}
	}
	t.Fatal("no free port")
	return nil, 0
}

func TestPortAndShutdown(t *testing.T) {
	l, port := listenBelow(t)
	var err error
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
	if l, err := listen(Config{Host: "127.0.0.1", Port: port}); err != nil {
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
