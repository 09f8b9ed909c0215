package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A gigabyte goes to the cluster in chunks, with progress, and a task reads it there.
func TestAGigabyteOverRayClient(t *testing.T) {
	python := withRay(t)
	h := up(t, "bench.yaml")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("ray://127.0.0.1:%d", h.client)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envSide+"="+address)
	ours := play(t, "Go, ray://", cmd)
	seconds := ours.do(t, "gigabyte")
	ours.in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	// Nothing is told of a machine that is faster than that.
	if said := ours.err.String(); seconds > 5 && !strings.Contains(said, "of 1024 MB, ") {
		t.Errorf("in %.1f s it said %q", seconds, said)
	}
	theirs := play(t, "Python, ray://", exec.Command(python, "beside.py", address))
	beside := theirs.do(t, "gigabyte")
	line := fmt.Sprintf("1 GiB over ray:// and read by a task: Go %.1f s (%.0f MB/s), Python %.1f s (%.0f MB/s)\n", seconds, 1024/seconds, beside, 1024/beside)
	t.Log(line)
	keep(t, "gigabyte.txt", []byte(line))
}
