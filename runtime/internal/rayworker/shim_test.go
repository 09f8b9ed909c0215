package rayworker_test

import (
	"os/exec"
	"testing"
)

// TestShim runs testdata/shim_test.py, which needs Python but no Ray.
func TestShim(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	out, err := exec.Command(python, "testdata/shim_test.py", "shim.py").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
