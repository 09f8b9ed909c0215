package local

import (
	"os/exec"
	"runtime"
)

// spawner starts processes from one thread that lives as long as the session: the parent-death
// signal of a child is sent when the thread that started it ends, not the process.
type spawner struct {
	requests chan spawnRequest
	stopped  chan struct{}
}

type spawnRequest struct {
	cmd *exec.Cmd
	err chan error
}

func startSpawner() *spawner {
	s := &spawner{requests: make(chan spawnRequest), stopped: make(chan struct{})}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		defer close(s.stopped)
		for r := range s.requests {
			r.err <- r.cmd.Start()
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	r := spawnRequest{cmd, make(chan error, 1)}
	s.requests <- r
	return <-r.err
}

// stop ends the thread. No process of it may be alive any more.
func (s *spawner) stop() {
	close(s.requests)
	<-s.stopped
}
