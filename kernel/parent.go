package kernel

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// watchParent returns a channel that is closed when the process that started the kernel is gone.
// Only a parent that gave its id in JPY_PARENT_PID, as Jupyter does, is watched: a kernel started
// by hand outlives its shell.
func watchParent(ctx context.Context) <-chan struct{} {
	gone := make(chan struct{})
	pid, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	if err != nil || pid <= 1 {
		return gone
	}
	parent := os.Getppid()
	go func() {
		t := time.NewTicker(500 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			// A launcher may stand between: then its id says nothing, but the server's does.
			if os.Getppid() != parent || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
				close(gone)
				return
			}
		}
	}()
	return gone
}
