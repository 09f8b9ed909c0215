package jupyter

import (
	"testing"
	"time"
)

func TestDebugger(t *testing.T) {
	if testing.Short() {
		t.Skip("debugged kernels take a quarter of a minute")
	}
	unittest(t, "debug", 3*time.Minute)
}
