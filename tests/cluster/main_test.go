package cluster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/launcher"
	"github.com/goray/goray/runtime/node"
)

func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{}) // never returns
	}
	if address := os.Getenv(envSide); address != "" {
		if err := side(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// withRay returns Ray's python, or skips the test.
func withRay(t testing.TB) string {
	t.Helper()
	if os.Getenv(launcher.EnvRay) == "" {
		t.Skip(launcher.EnvRay + " names no Python environment with Ray; make e2e-ray makes one")
	}
	python, err := launcher.FindRay()
	if err != nil {
		t.Skip(err)
	}
	if python, err = filepath.Abs(python); err != nil {
		t.Fatal(err)
	}
	t.Setenv(launcher.EnvRay, python)
	t.Setenv("RAY_AUTH_MODE", "disabled")
	t.Setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
	t.Setenv("RAY_USAGE_STATS_ENABLED", "0")
	return python
}

// startNodes runs a Python program that starts nodes of Ray, obeys in and says how far it is in lines. It
// ends with the test, by the end of its input.
func startNodes(t testing.TB, python, script string, args ...string) (in io.Writer, lines *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(python, append([]string{script}, args...)...)
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close(); cmd.Wait() })
	return to, bufio.NewScanner(out)
}

// keep writes a file where those who ran the tests find it.
func keep(t testing.TB, name string, data []byte) {
	t.Helper()
	dir := os.Getenv("GORAY_OUT")
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "goray-cluster")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("written:", file)
}

// ports returns n that nobody listens on.
func ports(t testing.TB, n int) []int {
	t.Helper()
	var out []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out = append(out, l.Addr().(*net.TCPAddr).Port)
	}
	return out
}

// head is a cluster that "goray up" has brought up.
type head struct {
	file              string
	client, dashboard int
	gcs               string // host and port
}

// up brings up a cluster from a file of this folder, in which GCS, CLIENT, DASHBOARD and NAME are
// filled in, and ends it with the test.
func up(t testing.TB, template string) head {
	t.Helper()
	raw, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	p := ports(t, 3)
	name := "t" + strconv.Itoa(p[0])
	text := strings.NewReplacer("NAME", name, "GCS", strconv.Itoa(p[0]), "CLIENT", strconv.Itoa(p[1]), "DASHBOARD", strconv.Itoa(p[2])).Replace(string(raw))
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	h := head{file: filepath.Join(dir, "cluster.yaml"), client: p[1], dashboard: p[2], gcs: "127.0.0.1:" + strconv.Itoa(p[0])}
	if err := os.WriteFile(h.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { goray(t, "down", h.file) })
	// Ray gives a node half a minute to start, which on a busy machine can be too little.
	for attempt := range 2 {
		code, out := goray(t, "up", h.file)
		if code == 0 {
			t.Log(strings.TrimSpace(out))
			return h
		}
		if attempt == 1 || !strings.Contains(out, "timed out during startup") {
			t.Fatal(out)
		}
	}
	return h
}

// goray runs one of the launcher's commands.
func goray(t testing.TB, name string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := launcher.Main(name, args, &out, &out)
	return code, out.String()
}
