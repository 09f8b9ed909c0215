package rayworker_test

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// A driver sends its program when it calls its first function; until then other drivers may have
// pushed it out of the cache.
func TestAProgramOutlivesTheCache(t *testing.T) {
	all, err := rayworker.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	file := filepath.Join(cache, "goray", "programs", marshal.BuildHash()[:32]+"-"+all[0].Arch)
	if err := os.Remove(file); err != nil {
		t.Skip(err) // it is not there
	}
	program, err := os.ReadFile(all[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(program); hex.EncodeToString(sum[:]) != all[0].SHA {
		t.Error("the program is another one")
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

// Without its source, or with another one, a program for another platform would not be this one.
func TestSourceForOtherPlatforms(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // in which no program is
	elsewhere := t.TempDir()
	t.Chdir(elsewhere)
	fails := func(arch string, wants ...string) {
		t.Helper()
		_, err := rayworker.For(t.Context(), arch)
		var none *rayworker.NoProgramError
		if !errors.As(err, &none) || none.Arch != arch {
			t.Fatalf("%v is no NoProgramError", err)
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %q is missing", err, want)
			}
		}
	}
	fails("arm64", "linux/arm64", rayworker.EnvSource+"=", rayworker.EnvBinaries+"=", "GOARCH=arm64 go build", "runtime/internal/rayworker")
	fails("s390x", "lie in memory otherwise")
	t.Setenv(rayworker.EnvSource, elsewhere)
	fails("arm64", elsewhere+", which is not its source")
	// It is here; but its files are younger than this program.
	t.Setenv(rayworker.EnvSource, here)
	const self = "/proc/self/exe"
	built, err := os.Stat(self)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.Chtimes(self, built.ModTime(), built.ModTime()) })
	if err := os.Chtimes(self, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Skip(err)
	}
	fails("arm64", "has changed since this program was built", "build it again")
}

// What lies in a folder of programs is not taken for this one unless it is.
func TestOtherProgramsAreNotTaken(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	t.Setenv(rayworker.EnvBinaries, filepath.Dir(exe)) // the one for this platform is there
	if _, err := rayworker.For(t.Context(), "riscv64"); err == nil || !strings.Contains(err.Error(), "no Go toolchain") {
		t.Errorf("%v: there is none for riscv64", err)
	}
}
