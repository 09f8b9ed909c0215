package cli_test

import (
	"strings"
	"testing"

	"github.com/goray/goray/runtime/cli"
	"github.com/goray/goray/runtime/ray"
)

func TestSimulateMain(t *testing.T) {
	for _, test := range []struct {
		args string
		code int
		want string // in what is written
	}{
		{"--seeds 20", 0, "20 seeds, "},
		{"--seeds 1 --from 7 --trace", 0, "1 seeds, "},
		{"--nodes -1", 2, "-1 nodes"},
		{"--color", 2, "flag provided but not defined"},
	} {
		var out strings.Builder
		if code := cli.SimulateMain(strings.Fields(test.args), &out, &out); code != test.code || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: exit code %d\n%s", test.args, code, out.String())
		}
	}
}

// TestExplain asks in the session of this process.
func TestExplain(t *testing.T) {
	if _, err := ray.Init(ray.Config{InProcess: true, NumCPUs: 2}); err != nil {
		t.Fatal(err)
	}
	defer ray.Shutdown()
	big := ray.Remote[int](func() int { return 1 }).Options(ray.NumCPUs(36)).Remote()
	var out, errs strings.Builder
	if code := cli.ExplainMain([]string{"task", big.ID()}, &out, &errs); code != 0 || !strings.Contains(out.String(), "asks for CPU 36, has 2") {
		t.Error(code, out.String(), errs.String())
	}
	if code := cli.ExplainMain([]string{"nothing"}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "is not an id") {
		t.Error(code, errs.String())
	}
}
