package rayworker_test

import (
	"context"
	"debug/elf"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayworker"
)

// envPrintBuild makes this test binary print its build and end.
const envPrintBuild = "GORAY_TEST_PRINT_BUILD"

func TestProgramsRunAndAreOfTheSameBuild(t *testing.T) {
	all, err := rayworker.Programs(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	cmd := exec.Command(all[0].Path)
	cmd.Env = append(os.Environ(), envPrintBuild+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != marshal.BuildHash() {
		t.Errorf("the program for the nodes says %q (%v), this one is %s", out, err, marshal.BuildHash())
	}
	whole, _ := os.Stat("/proc/self/exe")
	small, _ := os.Stat(all[0].Path)
	// "go test" has left the symbols out already, where it runs what it builds.
	if f, err := elf.Open("/proc/self/exe"); err != nil {
		t.Error(err)
	} else if f.Section(".symtab") != nil && small.Size() >= whole.Size() {
		t.Errorf("%d bytes were stripped to %d", whole.Size(), small.Size())
	}
}

func TestAPlatformThatCannotBeBuiltIsNamed(t *testing.T) {
	t.Setenv(rayworker.EnvPlatforms, "linux/riscv64")
	t.Setenv("PATH", t.TempDir())
	_, err := rayworker.Programs(context.Background())
	if err == nil || !strings.Contains(err.Error(), "linux/riscv64") {
		t.Errorf("the error %v does not name the platform", err)
	}
}
