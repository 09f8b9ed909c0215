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
	PID            int
	Conn           net.Conn
	Stdout, Stderr *os.File // reading ends of the child's pipes
	// Wait returns when the child has ended, saying how: "exit status 2", "signal: killed".
	Wait func() string
	Kill func()
}

// Command starts the program at path as a child; it must call Main.
func Command(path string, args ...string) func() (*Process, error) {
	return func() (*Process, error) {
		conn, theirs, err := connection()
		if err != nil {
			return nil, fmt.Errorf("session: no connection to a child: %w", err)
		}
		defer theirs.Close()
		cmd := exec.Command(path, args...)
		cmd.ExtraFiles = []*os.File{theirs}
		// Jupyter kills the kernel's group: the child must live long enough to end what it has started.
		ownGroup(cmd)
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
		return &Process{PID: cmd.Process.Pid, Conn: conn, Stdout: outR, Stderr: errR, Wait: wait, Kill: func() { cmd.Process.Kill() }}, nil
	}
}

// connection makes our end of a connection, and the other one to be given away.
func connection() (net.Conn, *os.File, error) {
	syscall.ForkLock.RLock() // no other child may inherit them
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(pair[0])
		syscall.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "session"), os.NewFile(uintptr(pair[1]), "kernel")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
	}
	return conn, theirs, err
}

// end waits for the child and kills it when it does not end by itself.
func (p *Process) end(grace time.Duration) string {
	t := time.AfterFunc(grace, p.Kill)
	defer t.Stop()
	return p.Wait()
}
