package jupyter

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernelspec"
	"github.com/goray/goray/tests/built"
)

// root is the project's root as seen from here.
const root = "../.."

// python finds the interpreter of the test environment, or skips.
func python(t *testing.T) string {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv = filepath.Join(root, ".venv")
	}
	py, err := filepath.Abs(filepath.Join(venv, "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(py, "-c", "import jupyter_kernel_test, zmq, nbclient").Run(); err != nil {
		t.Skipf("no Python with jupyter_kernel_test, pyzmq and nbclient at %s; make setup installs it", py)
	}
	return py
}

// binary is goray.
var binary string

func TestMain(m *testing.M) { built.Main(m, &binary) }

var summary = regexp.MustCompile(`(?m)^Ran (\d+) tests? in`)

// unittest runs a Python test module with the kernel installed for it alone. Every test has to
// run: a skipped one is a failure.
func unittest(t *testing.T, module string, limit time.Duration) {
	t.Helper()
	if skipped := unittests(t, module, limit); len(skipped) > 0 {
		t.Errorf("skipped: %s", skipped)
	}
}

var skip = regexp.MustCompile(`(?m)^(test_\w+) .*skipped '(.*)'`)

// unittests is unittest for modules that need more than the test environment may have; it returns
// what did not run, and why.
func unittests(t *testing.T, module string, limit time.Duration) (skipped []string) {
	t.Helper()
	py := python(t)
	prefix := t.TempDir()
	if _, err := kernelspec.Install(kernelspec.Options{Prefix: prefix, Binary: binary}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, py, "-W", "ignore::ResourceWarning", "-m", "unittest", "-v", module)
	cmd.WaitDelay = time.Second
	cmd.Env = append(os.Environ(),
		"JUPYTER_PATH="+filepath.Join(prefix, "share", "jupyter"),
		"JUPYTER_RUNTIME_DIR="+t.TempDir(),
		"GORAY_HISTORY="+filepath.Join(t.TempDir(), "history.jsonl"),
		"JUPYTER_PLATFORM_DIRS=1", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	text := string(out)
	for _, m := range skip.FindAllStringSubmatch(text, -1) {
		skipped = append(skipped, m[1]+" ("+m[2]+")")
	}
	m := summary.FindStringSubmatch(text)
	if err != nil || m == nil || strings.Contains(text, "skipped") && skipped == nil {
		t.Fatalf("%s: %v\n%s", module, err, text)
	}
	t.Logf("%s: %s tests ran, %d of them skipped", module, m[1], len(skipped))
	return skipped
}

func TestPublicSuite(t *testing.T) { unittest(t, "suite", 3*time.Minute) }

func TestAbuse(t *testing.T) {
	if testing.Short() {
		t.Skip("abuse takes half a minute")
	}
	unittest(t, "abuse", 5*time.Minute)
}

func TestLifetime(t *testing.T) {
	if testing.Short() {
		t.Skip("whole lives of kernels take a minute")
	}
	unittest(t, "lifetime", 6*time.Minute)
}

func TestInterrupts(t *testing.T) {
	if testing.Short() {
		t.Skip("a cell for each state takes half a minute")
	}
	unittest(t, "interrupts", 4*time.Minute)
}

func TestFrontEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("front ends take a minute")
	}
	unittest(t, "fronts", 6*time.Minute)
}
