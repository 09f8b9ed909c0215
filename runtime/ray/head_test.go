package ray_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/ray"
)

// These make the test binary a head, and a driver that joins it and is killed.
const (
	envHead   = "GORAY_TEST_HEAD"
	envJoined = "GORAY_TEST_JOINED"
)

// startHead runs a head until the test ends, and returns its process.
func startHead(t *testing.T) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("", "head") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("GORAY_HEAD", dir)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), envHead+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It prints its context when it listens.
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, out)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	return cmd
}

// serveHead is the life of a head.
func serveHead() {
	context := ray.Must(ray.Init(ray.Config{Address: "local", NumCPUs: 2, DashboardPort: -1}))
	if err := core.AnyBackend().(core.Server).Serve(core.HeadSocket()); err != nil {
		panic(err)
	}
	fmt.Println(context)
	over := make(chan os.Signal, 1)
	signal.Notify(over, syscall.SIGTERM)
	<-over
	ray.Must(0, ray.Shutdown())
	os.Exit(0)
}

// joinHead is start for a session of the head.
func joinHead(t *testing.T, namespace string) {
	t.Helper()
	if _, err := ray.Init(ray.Config{Address: "auto", Namespace: namespace}); err != nil {
		t.Fatal(err)
	}
}

func leaveHead(t *testing.T) {
	t.Helper()
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
}

func greet(n int) int { fmt.Println("greetings from a task of the head"); return n + 1 }

// driveJoined starts a task that never ends, and waits to be killed.
func driveJoined() {
	ray.Must(ray.Init(ray.Config{Address: "auto", Namespace: "lost"}))
	ray.Remote[any](spin).Options(ray.Name("endless"), ray.NumCPUs(0)).Remote()
	c := ray.Actor[Counter](NewCounter).Options(ray.Name("mine")).Remote(1)
	ray.Must(ray.Get(ray.Call[int](c, (*Counter).Inc, 1)))
	for _, opts := range [][]ray.Option{{ray.Name("mine")}, {ray.Name("all's"), ray.Lifetime(ray.Detached)}} {
		pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 0.5}}, ray.Pack, opts...)
		if err := pg.Wait(10 * time.Second); err != nil {
			panic(err)
		}
	}
	fmt.Println("ready")
	select {}
}

func TestHead(t *testing.T) {
	startHead(t)
	joinHead(t, "team")
	if cpus := ray.ClusterResources()["CPU"]; cpus != 2 {
		t.Errorf("the head has %g CPUs, want 2", cpus)
	}
	check(t, ray.Remote[int](square).Remote(7), 49)
	big := make([]float64, 1_000_000)
	big[999_999] = 3
	ref := ray.Put(big)
	check(t, ray.Remote[float64](mean).Remote(ref), 3e-6)
	if got := ray.Must(ray.Get(ref)); len(got) != len(big) || got[999_999] != 3 {
		t.Error("a large object came back changed")
	}
	check(t, ray.Remote[int](fib).Options(ray.NumCPUs(1)).Remote(6), 8) // nested tasks on two CPUs
	c := ray.Actor[Counter](NewCounter).Options(ray.Name("shared"), ray.Lifetime(ray.Detached)).Remote(10)
	check(t, ray.Call[int](c, (*Counter).Inc, 1), 11)
	if tasks, err := ray.ListTasks(ray.Filter("state", "=", "FINISHED")); err != nil || !strings.Contains(tasks.String(), "square") {
		t.Errorf("ListTasks: %v, %v", tasks, err)
	}
	leaveHead(t)

	// Another driver of the namespace finds the actor as it was left; one of another does not.
	joinHead(t, "team")
	again, err := ray.GetActor[Counter]("shared")
	if err != nil {
		t.Fatal(err)
	}
	check(t, ray.Call[int](again, (*Counter).Inc, 1), 12)
	leaveHead(t)
	for _, namespace := range []string{"others", ""} {
		joinHead(t, namespace)
		if _, err := ray.GetActor[Counter]("shared"); !errors.Is(err, ray.ErrActorNotFound) {
			t.Errorf("namespace %q: %v; want ErrActorNotFound", namespace, err)
		}
		leaveHead(t)
	}
}

// TestHeadOutput: what a task prints is shown to the driver that submitted it.
func TestHeadOutput(t *testing.T) {
	startHead(t)
	for range 2 { // also what another driver's task has just printed
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout := os.Stdout
		os.Stdout = w
		joinHead(t, "")
		check(t, ray.Remote[int](greet).Remote(1), 2)
		leaveHead(t)
		os.Stdout = stdout
		w.Close()
		text, _ := io.ReadAll(r)
		if !bytes.Contains(text, []byte("greet pid=")) || !bytes.Contains(text, []byte("greetings from a task of the head")) {
			t.Errorf("the driver saw %q", text)
		}
	}
}

// TestHeadLosesADriver: the tasks of a driver that is killed end, and so do its actors, also those
// that another driver has a handle to, and its placement groups.
func TestHeadLosesADriver(t *testing.T) {
	startHead(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), envJoined+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	joinHead(t, "lost")
	defer leaveHead(t)
	handle, err := ray.GetActor[Counter]("mine")
	if err != nil {
		t.Fatal(err)
	}
	info, err := ray.GetActorInfo(handle.ID())
	if err != nil || info.JobID != "job-2" || ray.CurrentContext(t.Context()).JobID != "job-3" {
		t.Errorf("its actor is of %v (%v), and this is %s; want job-2 and job-3", info, err, ray.CurrentContext(t.Context()).JobID)
	}
	count := func() (tasks, actors int) {
		pending, err := ray.ListTasks(ray.Filter("name", "=", "endless"), ray.Filter("state", "!=", "FAILED"))
		if err != nil {
			t.Fatal(err)
		}
		alive, err := ray.ListActors(ray.Filter("state", "=", "ALIVE"))
		if err != nil {
			t.Fatal(err)
		}
		return len(pending.Items), len(alive.Items)
	}
	if tasks, actors := count(); tasks != 1 || actors != 1 {
		t.Errorf("before: %d tasks, %d actors; want 1, 1", tasks, actors)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for begin := time.Now(); ; {
		tasks, actors := count()
		if tasks == 0 && actors == 0 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d tasks and %d actors of a dead driver live on", tasks, actors)
		}
	}
	if _, err := ray.Get(ray.Call[int](handle, (*Counter).Inc, 1)); !errors.Is(err, ray.ErrActorDied) || !strings.Contains(err.Error(), "its job ended") {
		t.Errorf("a call of its actor: %v", err)
	}
	if _, err := ray.GetPlacementGroup("mine"); !errors.Is(err, ray.ErrPlacementGroupNotFound) {
		t.Errorf("its placement group: %v", err)
	}
	if pg, err := ray.GetPlacementGroup("all's"); err != nil {
		t.Errorf("its detached placement group: %v", err)
	} else if err := pg.Remove(); err != nil {
		t.Error(err)
	}
}

// jobSeen is what a task knows of its job.
func jobSeen(ctx context.Context) ([]string, error) {
	c := ray.CurrentContext(ctx)
	_, err := ray.GetActor[Counter]("of the job")
	inner, innerErr := ray.Get(ray.Remote[[]string](jobInside).Remote())
	return append(inner, c.JobID, c.Namespace), errors.Join(err, innerErr)
}

func jobInside(ctx context.Context) []string { return []string{ray.CurrentContext(ctx).JobID} }

// TestHeadJobs: tasks of two drivers, run by the same workers, are of their drivers' jobs.
func TestHeadJobs(t *testing.T) {
	startHead(t)
	for _, want := range [][]string{{"job-2", "job-2", "first"}, {"job-3", "job-3", "second"}} {
		joinHead(t, want[2])
		c := ray.Actor[Counter](NewCounter).Options(ray.Name("of the job")).Remote(1)
		got, err := ray.Get(ray.Remote[[]string](jobSeen).Remote())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("a task is of %q, %v; want %q", got, err, want)
		}
		list, err := ray.ListTasks(ray.Filter("name", "=", "ray_test.jobInside"), ray.Filter("job_id", "=", want[0]))
		if err != nil || list.Total != 1 {
			t.Errorf("%v, %v; want one task of %s", list, err, want[0])
		}
		ray.Kill(c)
		leaveHead(t)
	}
}

func TestHeadEnds(t *testing.T) {
	head := startHead(t)
	joinHead(t, "")
	defer ray.Shutdown()
	waits := ray.Remote[any](spin).Remote()
	_ = head.Process.Kill()
	if _, err := ray.Get(waits); !errors.Is(err, ray.ErrSessionClosed) {
		t.Errorf("%v; want ErrSessionClosed", err)
	}
	if err := failed(ray.Remote[int](square).Remote(1)); err == nil {
		t.Error("a task ran without a head")
	}
}

func TestNoHead(t *testing.T) {
	t.Setenv("GORAY_HEAD", t.TempDir())
	_, err := ray.Init(ray.Config{Address: "auto"})
	if err == nil || !strings.Contains(err.Error(), "goray start") {
		t.Error(err)
	}
}
