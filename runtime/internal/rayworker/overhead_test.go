package rayworker_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayworker"
)

func increment(x int) int { return x + 1 }

// BenchmarkShimOverhead is what a warm call of a Go function costs in a Ray worker beyond a Python
// function that does nothing: from the shim's being called with it until the shim returns the result,
// the Go process's part included. Ray itself has no part in it.
func BenchmarkShimOverhead(b *testing.B) {
	a := address(b)
	programs, err := rayworker.Programs(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	cache, shas := b.TempDir(), map[string]string{}
	for _, p := range programs {
		shas[p.Arch] = p.SHA
		dir := filepath.Join(cache, p.SHA)
		if err := os.Mkdir(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.Symlink(p.Path, filepath.Join(dir, "goray")); err != nil {
			b.Fatal(err)
		}
	}
	f, _, err := marshal.Function(increment)
	if err != nil {
		b.Fatal(err)
	}
	v, err := marshal.Encode(reflect.ValueOf(1))
	if err != nil {
		b.Fatal(err)
	}
	letter, err := wire.Letter(&wire.Header{Label: "increment", Returns: 1},
		&core.TaskSpec{ID: 1, Func: &f, Options: new(core.DefaultTask()), Args: []core.Arg{{Value: v}}})
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(cache, "letter")
	if err := os.WriteFile(file, letter, 0o600); err != nil {
		b.Fatal(err)
	}
	js, err := json.Marshal(shas)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.Command(os.Getenv("GORAY_PYTHON"), "testdata/overhead.py", "shim.py", strings.TrimPrefix(a, rayworker.Scheme+"://"), file, string(js))
		cmd.Env, cmd.Stderr = append(os.Environ(), "GORAY_RAY_CACHE="+cache), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		var seconds []float64
		for line := range strings.Lines(string(out)) {
			s, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
			if err != nil {
				b.Fatal(err)
			}
			seconds = append(seconds, s)
		}
		slices.Sort(seconds)
		b.ReportMetric(seconds[len(seconds)/2]*1e3, "ms/call")
		b.ReportMetric(seconds[len(seconds)*9/10]*1e3, "ms/call-p90")
	}
	b.ReportMetric(0, "ns/op") // which is Ray's start
}
