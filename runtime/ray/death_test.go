package ray_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// envDriver makes the test binary a driver that waits to be killed.
const envDriver = "GORAY_TEST_DRIVER"

// drive starts a session with a busy task and an actor, prints the pids, and waits.
func drive() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	c := ray.NewActor[Counter](NewCounter, 1)
	ray.Must(ray.Get(ray.Call[int](c, (*Counter).Inc, 1)))
	ray.Put(make([]byte, 8<<20))
	busy := ray.Remote[any](spin).Remote()
	pids := ray.Must(ray.GetAll([]ray.ObjectRef[int]{ray.Call[int](c, (*Counter).PID), ray.Remote[int](pid).Remote()}))
	fmt.Println("pids", pids[0], pids[1])
	ray.Must(ray.Get(busy))
}

// spin never looks at anything.
func spin() {
	for i := 0; ; i++ {
		if i < 0 {
			return
		}
	}
}

func (c *Counter) PID() int { return os.Getpid() }

func TestNothingOutlivesTheDriver(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), envDriver+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	workers := childrenOf(t, cmd.Process.Pid)
	if len(workers) < 2 {
		t.Fatalf("the driver has %d workers; %s", len(workers), line)
	}
	cmd.Process.Signal(syscall.SIGKILL)
	cmd.Wait()
	deadline := time.Now().Add(5 * time.Second)
	for tick := time.NewTicker(2 * time.Millisecond); ; <-tick.C {
		alive := ""
		for _, pid := range workers {
			if running(pid) {
				alive += fmt.Sprintf(" %d", pid)
			}
		}
		if alive == "" {
			tick.Stop()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("workers survived their driver:%s", alive)
		}
	}
}

// running reports whether a process exists and is no zombie.
func running(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func childrenOf(t *testing.T, parent int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestSessionsLeaveNothing(t *testing.T) {
	open := func() (files []string) {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range fds {
			link, err := os.Readlink("/proc/self/fd/" + fd.Name())
			if err == nil {
				files = append(files, link)
			}
		}
		slices.Sort(files)
		return files
	}
	var before []string
	for i := range 20 {
		c, err := ray.Init(ray.Config{NumCPUs: 2})
		if err != nil {
			t.Fatal(err)
		}
		a := ray.NewActor[Counter](NewCounter, i)
		check(t, ray.Call[int](a, (*Counter).Inc, 1), i+1)
		if v, err := ray.Get(ray.Remote[[]float64](echo).Remote(make([]float64, 1<<17))); err != nil || len(v) != 1<<17 {
			t.Fatal(len(v), err)
		}
		if err := ray.Shutdown(); err != nil {
			t.Fatal(err)
		}
		if err := ray.Shutdown(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(c.SessionDir); err == nil {
			t.Errorf("%s is still there", c.SessionDir)
		}
		if children := childrenOf(t, os.Getpid()); len(children) > 0 {
			t.Fatalf("session %d left processes %v", i, children)
		}
		if i == 0 {
			before = open() // the first session opens what the Go runtime keeps
		}
	}
	if after := open(); len(after) > len(before) {
		t.Errorf("open files %v, after the first session %v", after, before)
	}
}

// fatal takes a moment, and with n == bad it ends its process.
func fatal(n, bad int) int {
	if n == bad {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return n
}

// TestTheGuiltyCallIsCharged: results of short calls wait for each other, but those of calls that may run
// only once do not wait for a call that ends the process.
func TestTheGuiltyCallIsCharged(t *testing.T) {
	ray.Must(ray.Init(ray.Config{NumCPUs: 1}))
	defer ray.Shutdown()
	short := ray.Remote[int](fatal)
	once := short.Options(ray.MaxRetries(0))
	ray.Must(ray.Get(once.Remote(1, 0)))
	for round := range 20 {
		const calls, bad = 60, 40
		var refs []ray.ObjectRef[int]
		for i := range calls {
			if i == bad || round%2 == 0 {
				refs = append(refs, once.Remote(i, bad)) // of round 1, 3 …, all others may be repeated
			} else {
				refs = append(refs, short.Remote(i, bad))
			}
		}
		for i, ref := range refs {
			_, err := ray.Get(ref)
			if crashed := errors.Is(err, ray.ErrWorkerCrashed); crashed != (i == bad) || err != nil && !crashed {
				t.Fatalf("round %d: call %d: %v", round, i, err)
			}
		}
	}
}
