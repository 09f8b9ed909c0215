package session

import (
	"errors"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// connectionFD is the descriptor through which a child talks to its kernel.
const connectionFD = 3

// Main is the whole life of a child: "goray session" calls it. It returns when the kernel is
// gone.
func Main(cfg Config) error {
	f := os.NewFile(connectionFD, "kernel")
	if f == nil {
		return errors.New("session: no connection; goray kernel starts this command")
	}
	conn, err := net.FileConn(f)
	f.Close()
	if err != nil {
		return errors.New("session: descriptor 3 is no connection; goray kernel starts this command")
	}
	// A Ctrl-C in the terminal of the Jupyter server reaches everybody there; the kernel alone
	// decides. Notify, unlike Ignore, leaves the commands that cells start as they were.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT)
	// When memory runs out, the system shall end this process and its children, not the kernel:
	// the kernel tells what happened, and goes on. Without /proc there is no such choice.
	os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	stdin, err := newFeed()
	if err != nil {
		stdin = nil
	}
	return serveChild(conn, cfg, os.Getpid(), stdin)
}
