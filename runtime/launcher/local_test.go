package launcher_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/launcher"
)

// withRay returns Ray's python, or skips the test.
func withRay(t *testing.T) string {
	t.Helper()
	if os.Getenv(launcher.EnvRay) == "" {
		t.Skip(launcher.EnvRay + " names no Python environment with Ray; make e2e-ray makes one")
	}
	python, err := launcher.FindRay()
	if err != nil {
		t.Skip(err)
	}
	// The tests run in their package's folder, and the environment may be named relative to the caller's.
	if python, err = filepath.Abs(python); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RAY_AUTH_MODE", "disabled")
	// Ray replaces 127.0.0.1, and that alone, by the address of the machine: the nodes are others of loopback.
	t.Setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "1")
	return python
}

// port returns one that nobody listens on.
func port(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Ray's own launcher brings up two "machines" of provider local, whose ssh runs commands here; every
// command is used once on them.
func TestLocalProviderForReal(t *testing.T) {
	python := withRay(t)
	tools, err := filepath.Abs("testdata/loopback")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "gl") // Ray's sockets lie below it, and their paths must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	gcs, client := port(t), port(t)
	t.Setenv("PATH", tools+":"+os.Getenv("PATH"))
	t.Setenv("LOOPBACK_NODES", dir)
	t.Setenv("LOOPBACK_PYTHON", python)
	t.Setenv("RAY_TMPDIR", filepath.Join(dir, "t"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("RAY_USAGE_STATS_ENABLED", "0")
	binary := filepath.Join(dir, "goray")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\necho I am goray\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "attic.yaml")
	start := func(rest string) string {
		return fmt.Sprintf("ray start --node-ip-address=$(basename $HOME) --num-cpus=1 --object-store-memory=100000000 --disable-usage-stats %s", rest)
	}
	if err := os.WriteFile(file, []byte(fmt.Sprintf(`cluster_name: %s
provider:
  type: local
  head_ip: 127.0.1.1
  worker_ips: [127.0.1.2]
auth:
  ssh_user: nobody
head_start_ray_commands:
  - %s
worker_start_ray_commands:
  - %s
`, filepath.Base(dir), start(fmt.Sprintf("--head --port=%d --ray-client-server-port=%d --include-dashboard=false --temp-dir=%s/h --autoscaling-config=~/ray_bootstrap_config.yaml", gcs, client, dir)),
		start(fmt.Sprintf("--address=127.0.1.1:%d", gcs)))), 0o600); err != nil {
		t.Fatal(err)
	}
	must := func(name string, args ...string) string {
		t.Helper()
		code, out, err := run(name, append([]string{file}, args...)...)
		if code != 0 {
			t.Fatalf("goray %s %q: exit %d\n%s\n%s", name, args, code, out, err)
		}
		return out
	}
	defer func() {
		run("down", file, "-y")
		for _, node := range []string{"127.0.1.1", "127.0.1.2"} {
			exec.Command("env", "HOME="+filepath.Join(dir, node), filepath.Join(tools, "ray"), "stop").Run()
		}
	}()
	// Ray gives a node half a minute to start, which on a busy machine can be too little.
	if code, _, err := run("up", file, "-y", "--goray", binary, "--no-config-cache"); code != 0 && strings.Contains(err, "timed out during startup") {
		must("up", "-y", "--goray", binary, "--no-config-cache")
	} else if code != 0 {
		t.Fatal(err)
	}
	if got := must("get-head-ip"); !strings.Contains(got, "127.0.1.1") {
		t.Errorf("head %q", got)
	}
	if got := must("exec", "goray"); !strings.Contains(got, "I am goray") {
		t.Errorf("goray is not on the head's PATH: %q", got)
	}
	// The head's autoscaler sets up the worker through ssh, by itself.
	for deadline := time.Now().Add(2 * time.Minute); ; {
		got := must("exec", fmt.Sprintf(`%s -c "import ray; ray.init('127.0.1.1:%d', log_to_driver=False); print('alive', sum(n['Alive'] for n in ray.nodes()))"`, python, gcs))
		if strings.Contains(got, "alive 2") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the worker did not join: %s", got)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "127.0.1.2", ".goray", "bin", "goray")); err != nil {
		t.Error("goray is not on the worker:", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "note"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must("rsync-up", filepath.Join(dir, "note"), "~/note")
	if got := must("exec", "cat ~/note"); !strings.Contains(got, "hello") {
		t.Errorf("rsync-up: %q", got)
	}
	must("rsync-down", "~/note", filepath.Join(dir, "back"))
	if raw, _ := os.ReadFile(filepath.Join(dir, "back")); string(raw) != "hello\n" {
		t.Errorf("rsync-down: %q", raw)
	}
	script := filepath.Join(dir, "script.py")
	os.WriteFile(script, []byte("import sys; print('script', sys.argv[1:])\n"), 0o600)
	t.Log(must("submit", script, "--", "--n", "3"))
	must("down", "-y")
	if answersAt(gcs) {
		t.Error("the head answers after down")
	}
}

func answersAt(port int) bool {
	c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.1.1:%d", port), time.Second)
	if err == nil {
		c.Close()
	}
	return err == nil
}
