package worker

import (
	"os"
	"testing"
)

func TestVisibleDevices(t *testing.T) {
	t.Setenv(envCUDA, "4,7")
	d := newDevices()
	for _, test := range []struct {
		use  []int
		want string
	}{{nil, "4,7"}, {[]int{1}, "7"}, {[]int{0, 1}, "4,7"}, {nil, "4,7"}, {[]int{2}, "2"}} {
		d.use(test.use)
		if got := os.Getenv(envCUDA); got != test.want {
			t.Errorf("use %v: %q, want %q", test.use, got, test.want)
		}
	}
	os.Unsetenv(envCUDA)
	d = newDevices()
	d.use([]int{0})
	d.use(nil)
	if got, set := os.LookupEnv(envCUDA); set {
		t.Errorf("%q is left", got)
	}
}
