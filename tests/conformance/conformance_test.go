package conformance

import (
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// floor is the share of programs that must pass, in percent.
const floor = 99

// TestConformance runs all applicable programs, also with GORAY_CONFORMANCE=all; every fourth with
// GORAY_CONFORMANCE=sample, and those whose path matches with GORAY_CONFORMANCE=<regexp>.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: runs programs of GOROOT/test")
	}
	root := filepath.Join(build.Default.GOROOT, "test")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("%s is missing: this Go distribution came without its test programs", root)
	}
	all, err := programs(root)
	if err != nil {
		t.Fatal(err)
	}
	mode := os.Getenv("GORAY_CONFORMANCE")
	chosen := choose(t, all, mode)
	runner := os.Getenv("GORAY_CONFORMANCE_RUNNER") // another engine's binary
	if runner == "" {
		runner = filepath.Join(t.TempDir(), "runner")
		if out, err := exec.Command("go", "build", "-o", runner, "./internal/runner").CombinedOutput(); err != nil {
			t.Fatalf("cannot build the runner: %v\n%s", err, out)
		}
	}
	passed := 0
	for _, v := range runAll(runner, root, chosen) {
		if v.outcome == "pass" {
			passed++
		} else {
			t.Log(v)
		}
	}
	share := 100 * float64(passed) / float64(len(chosen))
	t.Logf("%d of %d programs pass (%.1f %%); %d are applicable", passed, len(chosen), share, len(all))
	if share < floor && (mode == "" || mode == "all" || mode == "sample") {
		t.Errorf("%.1f %% is below the floor of %d %%", share, floor)
	}
}

func choose(t *testing.T, all []string, mode string) []string {
	var chosen []string
	switch mode {
	case "", "all":
		return all
	case "sample":
		for i := 0; i < len(all); i += 4 {
			chosen = append(chosen, all[i])
		}
	default:
		re, err := regexp.Compile(mode)
		if err != nil {
			t.Fatalf("GORAY_CONFORMANCE=%q is neither all, nor sample, nor a regular expression: %v", mode, err)
		}
		for _, p := range all {
			if re.MatchString(p) {
				chosen = append(chosen, p)
			}
		}
	}
	return chosen
}

func runAll(runner, root string, programs []string) []verdict {
	out := make([]verdict, len(programs))
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(runtime.NumCPU(), 2))
	for i, p := range programs {
		slots <- struct{}{}
		wg.Go(func() {
			out[i] = judge(runner, root, p, 20*time.Second)
			<-slots
		})
	}
	wg.Wait()
	return out
}

func TestExclusion(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"program":  {"// run\n\npackage main\n\nfunc main() {}\n", ""},
		"errors":   {"// errorcheck\n\npackage main\n", "not a program to run"},
		"flags":    {"// run -race\n\npackage main\n", "flags or arguments"},
		"tag":      {"// run\n\n//go:build nosuchsystem\n\npackage main\n", "build tag"},
		"unsafe":   {"// run\n\npackage main\n\nimport \"unsafe\"\n", "imports unsafe"},
		"runtime":  {"// run\n\npackage main\n\nimport \"runtime\"\n\nvar _ = runtime.Stack\n", "uses runtime.Stack"},
		"bodyless": {"// run\n\npackage main\n\nfunc f(x int) int\n", "function without a body"},
	} {
		if got := exclusion(c.src); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: exclusion = %q, want %q", name, got, c.want)
		}
	}
}
