package jupyter

import (
	"testing"
	"time"
)

func TestSnapshots(t *testing.T) {
	if testing.Short() {
		t.Skip("sessions that die take some seconds")
	}
	unittest(t, "snapshots", time.Minute)
}
