package xgboost_test

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/train/xgboost"
)

// wheel writes a small zip with the layout of the real wheel.
func wheel(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInstallKeepsLayout(t *testing.T) {
	const name = "xgboost_cpu-3.2.0-py3-none-manylinux_2_28_x86_64.whl"
	from := wheel(t, name, map[string]string{
		"xgboost/lib/libxgboost.so":                    "library",
		"xgboost_cpu.libs/libgomp-1.so":                "openmp",
		"xgboost/core.py":                              "python",
		"xgboost_cpu-3.2.0.dist-info/METADATA":         "meta",
		"xgboost_cpu-3.2.0.dist-info/licenses/LICENSE": "licence",
	})
	dir := filepath.Join(t.TempDir(), "cache", "xgboost-3.2.0")
	for range 2 { // the second time over the first
		if err := xgboost.InstallTo(filepath.Dir(from), dir); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]bool{
			"xgboost/lib/libxgboost.so":                    true,
			"xgboost_cpu.libs/libgomp-1.so":                true,
			"xgboost_cpu-3.2.0.dist-info/licenses/LICENSE": true,
			"xgboost/core.py":                              false,
		} {
			if _, err := os.Stat(filepath.Join(dir, path)); (err == nil) != want {
				t.Errorf("%s present: %v, want %v", path, err == nil, want)
			}
		}
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the installation: %v %v", left, err)
	}
}

func TestInstallMistakes(t *testing.T) {
	const name = "xgboost_cpu-3.2.0-py3-none-any.whl"
	foreign := wheel(t, name, map[string]string{"xgboost/lib/other.dll": ""})
	outside := wheel(t, name, map[string]string{"xgboost_cpu.libs/x": "", "../xgboost.libs/../../evil.libs/x": ""})
	old := wheel(t, "xgboost_cpu-1.7.6-py3-none-any.whl", nil)
	text := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(text, []byte("not a zip"), 0o644); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"/does/not/exist.whl": "pip download xgboost-cpu==3.2.0 --no-deps",
		t.TempDir():           "holds no wheel",
		text:                  "not a wheel",
		old:                   "not a wheel of version 3.2.0",
		foreign:               "another platform",
		outside:               "",
	} {
		parent := t.TempDir()
		err := xgboost.InstallTo(from, filepath.Join(parent, "lib"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", from, err, want)
		}
		if left, _ := os.ReadDir(parent); len(left) != 0 {
			t.Errorf("%s left %v behind", from, left)
		}
	}
}

// The choice of a library is made once per process, so a missing one needs a
// process of its own.
func TestMissingLibrary(t *testing.T) {
	if os.Getenv("XGBOOST_TEST_MISSING") != "" {
		_, err := xgboost.NewDMatrix([]xgboost.Column{{Name: "a", Values: []float32{1}}}, xgboost.MatrixOptions{})
		os.Stdout.WriteString("error: " + err.Error() + "\n")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMissingLibrary$")
	cmd.Env = append(os.Environ(), "XGBOOST_TEST_MISSING=1", xgboost.EnvLibrary+"=/nowhere/libxgboost.so")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"libxgboost 3.2.0 is not installed", "/nowhere/libxgboost.so (no such file)", "`make xgboost`", "pip download xgboost-cpu==3.2.0 --no-deps"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the message lacks %q:\n%s", want, out)
		}
	}
}
