package rayhead

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a test may wait for something on a real cluster: a worker takes seconds to
// start, and more on a busy machine.
const Patience = 90 * time.Second

// Head is a running head.
type Head struct {
	// Address is that of its client server.
	Address string
	// GCS is the port that further nodes join.
	GCS int
	cmd *exec.Cmd
	dir string
	out *output
	end chan struct{}
}

var shared struct {
	sync.Mutex
	head *Head
	err  error
}

// Main runs the tests and ends the head that they have shared.
func Main(m *testing.M) int {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.head != nil {
		shared.head.Stop()
	}
	return code
}

// Environment is the Python environment with Ray, or skips the test.
func Environment(t testing.TB) string {
	t.Helper()
	root := os.Getenv("GORAY_RAY")
	if root == "" {
		t.Skip("GORAY_RAY names no Python environment with ray[client]; make e2e-ray makes one")
	}
	root, err := filepath.Abs(root)
	if err == nil {
		_, err = os.Stat(filepath.Join(root, "bin", "ray"))
	}
	if err != nil {
		t.Skipf("GORAY_RAY: %v; make e2e-ray makes an environment", err)
	}
	return root
}

// Address is that of the client server of a head that the tests of a package share.
func Address(t testing.TB) string {
	t.Helper()
	if a := os.Getenv("GORAY_RAY_ADDRESS"); a != "" {
		return a
	}
	head, err := Shared(Environment(t))
	if err != nil {
		t.Fatal(err)
	}
	return head.Address
}

// Shared is the head that the tests of a package share; root is the Python environment with Ray.
func Shared(root string) (*Head, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.head == nil && shared.err == nil {
		shared.head, shared.err = Start(root, nil)
	}
	return shared.head, shared.err
}

// output is what a head has written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// attempts are made to start a head: on a busy machine Ray gives up on its own parts.
const attempts = 3

// Start starts a head with 2 CPUs, a GPU that nobody has, and a resource "disk" 2. env are further
// variables of its environment, args further arguments of ray start.
func Start(root string, env []string, args ...string) (h *Head, err error) {
	for range attempts {
		if h, err = start(root, env, args); err == nil {
			return h, nil
		}
	}
	return nil, err
}

func start(root string, env, args []string) (*Head, error) {
	ports, err := freePorts(9)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "grh") // Ray's sockets lie below it, and their paths must be short
	if err != nil {
		return nil, err
	}
	h := &Head{Address: fmt.Sprintf("127.0.0.1:%d", ports[1]), GCS: ports[0], dir: dir, out: new(output), end: make(chan struct{})}
	all := []string{"start", "--head", "--block", "--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats",
		"--num-cpus=2", "--num-gpus=1", `--resources={"disk": 2}`, "--object-store-memory=1000000000", "--temp-dir=" + dir}
	for i, name := range []string{"port", "ray-client-server-port", "runtime-env-agent-port", "metrics-export-port", "object-manager-port", "node-manager-port", "dashboard-agent-listen-port", "dashboard-agent-grpc-port", "dashboard-port"} {
		all = append(all, fmt.Sprintf("--%s=%d", name, ports[i]))
	}
	h.cmd = exec.Command(filepath.Join(root, "bin", "ray"), append(all, args...)...)
	h.cmd.Env = append(os.Environ(), "RAY_USAGE_STATS_ENABLED=0", "RAY_raylet_start_wait_time_s=180", "RAY_DEDUP_LOGS=0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0", "RAY_AUTH_MODE=disabled",
		"RAY_worker_niceness=0") // as patient as the tests: Ray's 15 lets everything else on a busy machine go first
	h.cmd.Env = append(h.cmd.Env, env...)
	h.cmd.Stdout, h.cmd.Stderr = h.out, h.out
	// A session of its own: an interrupt at the terminal must not reach Ray's processes, which a shell's
	// background job would ignore for ever. PDEATHSIG lets "ray start --block" end what it started.
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGTERM}
	if err := h.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = h.cmd.Wait()
		close(h.end)
	}()
	deadline := time.After(2 * Patience)
	for {
		if strings.Contains(h.out.String(), "Ray runtime started") { // it has a node, too
			if c, err := net.DialTimeout("tcp", h.Address, time.Second); err == nil {
				c.Close()
				return h, nil
			}
		}
		select {
		case <-h.end:
			os.RemoveAll(dir)
			return nil, fmt.Errorf("ray start ended:\n%s", h.out)
		case <-deadline:
			h.Stop()
			return nil, fmt.Errorf("ray start: no client server after %v:\n%s", 2*Patience, h.out)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop ends the head and what it has started.
func (h *Head) Stop() {
	_ = h.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-h.end:
	case <-time.After(10 * time.Second): // Ray 2.9.3 sometimes hangs there
		_ = h.cmd.Process.Kill()
		<-h.end
	}
	h.reap()
	os.RemoveAll(h.dir)
}

// reap ends what "ray start" left behind: everything that names this head's folder or address.
func (h *Head) reap() {
	gcs := fmt.Sprintf("address=127.0.0.1:%d\x00", h.GCS)
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return
	}
	for _, e := range entries {
		var pid int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		if b, err := os.ReadFile("/proc/" + e.Name() + "/cmdline"); err == nil && (strings.Contains(string(b), h.dir+"/") || strings.Contains(string(b), gcs)) && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// freePorts finds ports that nobody listens on.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
