package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/local"
	"github.com/goray/goray/runtime/internal/marshal"
)

// envDriver makes the test binary a driver with virtual nodes that waits to be killed.
const envDriver = "GORAY_TEST_NODES_DRIVER"

// report is what such a driver says of itself.
type report struct {
	Dir, URL string
	Workers  []int
}

// spin never looks at anything.
func spin() {
	for i := 0; ; i++ {
		if i < 0 {
			return
		}
	}
}

func virtualNode(name string, memory int64) core.NodeConfig {
	return core.NodeConfig{Name: name, Resources: core.Resources{core.CPU: 1, name: 1}, ObjectStoreMemory: memory}
}

// drive starts a session in which every node has a busy worker, memory and spilled objects.
func drive() error {
	b, err := local.Open(context.Background(), core.Config{Nodes: []core.NodeConfig{virtualNode("a", 16<<20), virtualNode("b", 16<<20), virtualNode("c", 16<<20)}})
	if err != nil {
		return err
	}
	for i := range 8 {
		v, err := marshal.EncodeAny(reflect.ValueOf(make([]byte, 5<<20+i)))
		if err == nil {
			err = b.Put(b.NewID(), v)
		}
		if err != nil {
			return err
		}
	}
	f, _, err := marshal.Function(spin)
	if err != nil {
		return err
	}
	for _, name := range []string{"a", "b", "c"} {
		o := core.DefaultTask()
		o.Resources[name] = 1
		if err := b.Submit(&core.TaskSpec{ID: b.NewID(), Func: &f, Options: &o}); err != nil {
			return err
		}
	}
	r := report{Dir: b.Info().SessionDir, URL: b.Info().DashboardURL}
	for busy := 0; busy < 3; {
		busy, r.Workers = 0, nil
		for _, w := range b.(core.Inspector).Inspect().Cluster.Workers {
			r.Workers = append(r.Workers, w.PID)
			if w.Running != "" {
				busy++
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		return err
	}
	select {}
}

func TestNothingOutlivesADriverWithNodes(t *testing.T) {
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
	var r report
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r)
	}
	if err != nil || len(r.Workers) < 3 {
		t.Fatal(err, r)
	}
	spilled, _ := filepath.Glob(filepath.Join(r.Dir, "spill*", "*"))
	if len(spilled) == 0 {
		t.Fatalf("nothing was spilled to %s", r.Dir)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", u.Host); err != nil {
		t.Fatal(err)
	} else {
		c.Close()
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait() // it was killed
	eventually(t, "the end of the workers", func() bool {
		for _, pid := range r.Workers {
			if alive(pid) {
				return false
			}
		}
		return true
	})
	if c, err := net.Dial("tcp", u.Host); err == nil {
		c.Close()
		t.Errorf("somebody listens at %s", u.Host)
	}
	for _, pid := range r.Workers { // nor does anybody keep what they shared
		if maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid)); err == nil && strings.Contains(string(maps), "goray-objects") {
			t.Errorf("process %d has objects", pid)
		}
	}
	next, err := local.Open(t.Context(), core.Config{Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 1 << 20, DashboardPort: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if _, err := os.Stat(r.Dir); err == nil {
		t.Errorf("%s is still there after the next start", r.Dir)
	}
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s did not happen", what)
		}
	}
}
