//go:build linux && !(nvml && cgo)

package viz

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// driver stands in for NVIDIA's library: two devices, of which the second answers nothing.
const driver = `
#include <string.h>
int nvmlInit_v2(void) { return FAIL; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) { *d = (void*)(unsigned long)(i + 1); return i; }
int nvmlDeviceGetName(void *d, char *s, unsigned n) { strncpy(s, "a device", n); return d == (void*)1 ? 0 : 2; }
int nvmlDeviceGetUtilizationRates(void *d, unsigned *u) { u[0] = 73; u[1] = 20; return 0; }
int nvmlDeviceGetMemoryInfo(void *d, unsigned long long *m) { m[0] = 10ull << 33; m[1] = 0; m[2] = 5ull << 33; return 0; }
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned *t) { *t = 55; return sensor; }
int nvmlDeviceGetPowerUsage(void *d, unsigned *p) { *p = 412000; return 0; }
`

func TestGPUs(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("cc is missing")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "driver.c")
	if err := os.WriteFile(source, []byte(driver), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ fail, note string }{
		{"0", ""}, {"9", "no GPU: the NVIDIA driver does not start (NVML error 9)"},
	} {
		lib := filepath.Join(dir, "lib"+c.fail+".so")
		if out, err := exec.Command(cc, "-shared", "-fPIC", "-DFAIL="+c.fail, "-o", lib, source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		calls, err := openNVML(lib)
		if err != nil {
			t.Fatal(err)
		}
		gpus, note := calls.sample()
		if note != c.note {
			t.Errorf("note %q", note)
		}
		if c.note != "" {
			continue
		}
		want := GPU{Name: "a device", Utilization: 73, MemoryUsed: 5 << 33, MemoryTotal: 10 << 33, Temperature: 55, Power: 412}
		if len(gpus) != 2 || gpus[0] != want || gpus[1] != (GPU{Index: 1, Name: "(NVML error 1)"}) {
			t.Errorf("%+v", gpus)
		}
	}
	if _, err := openNVML(filepath.Join(dir, "missing.so")); err == nil {
		t.Error("a missing library was opened")
	}
	empty := filepath.Join(dir, "empty.so")
	if out, err := exec.Command(cc, "-shared", "-o", empty, "-x", "c", "/dev/null").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := openNVML(empty); err == nil {
		t.Error("a library without the functions was opened")
	}
}
