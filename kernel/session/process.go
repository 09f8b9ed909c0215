package session

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Process is a running child, as the Supervisor sees it.
type Process struct {
	Conn           net.Conn
	Stdout, Stderr *os.File // reading ends of the child's pipes
	// Wait returns when the child has ended, saying how: "exit status 2", "signal: killed".
	Wait func() string
	Kill func()
}

// Command starts the program at path as a child; it must call Main.
func Command(path string, args ...string) func() (*Process, error) {
	return func() (*Process, error) {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("session: socketpair: %w", err)
		}
		ours, theirs := os.NewFile(uintptr(pair[0]), "session"), os.NewFile(uintptr(pair[1]), "kernel")
		defer ours.Close()
		defer theirs.Close()
		conn, err := net.FileConn(ours)
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(path, args...)
		cmd.ExtraFiles = []*os.File{theirs}
		outR, outW, err := os.Pipe()
		if err != nil {
			conn.Close()
			return nil, err
		}
		errR, errW, err := os.Pipe()
		if err != nil {
			conn.Close()
			outR.Close()
			outW.Close()
			return nil, err
		}
		cmd.Stdout, cmd.Stderr = outW, errW
		err = cmd.Start()
		outW.Close()
		errW.Close()
		if err != nil {
			conn.Close()
			outR.Close()
			errR.Close()
			return nil, fmt.Errorf("session: cannot start %s: %w", path, err)
		}
		wait := sync.OnceValue(func() string {
			cmd.Wait()
			return cmd.ProcessState.String()
		})
		return &Process{Conn: conn, Stdout: outR, Stderr: errR, Wait: wait, Kill: func() { cmd.Process.Kill() }}, nil
	}
}

// end waits for the child and kills it when it does not end by itself.
func (p *Process) end(grace time.Duration) string {
	t := time.AfterFunc(grace, p.Kill)
	defer t.Stop()
	return p.Wait()
}
