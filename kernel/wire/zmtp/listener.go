package zmtp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Listen binds tcp://host:port or ipc://path. A socket file that nobody answers is removed
// first; one whose owner lives is an error. Socket files are for their user only.
func Listen(endpoint string) (net.Listener, error) {
	scheme, addr, ok := strings.Cut(endpoint, "://")
	switch {
	case ok && scheme == "tcp":
		return net.Listen("tcp", addr)
	case ok && scheme == "ipc":
		l, err := net.Listen("unix", addr)
		if errors.Is(err, syscall.EADDRINUSE) && stale(addr) {
			os.Remove(addr)
			l, err = net.Listen("unix", addr)
		}
		if err == nil {
			os.Chmod(addr, 0o600)
		}
		return l, err
	}
	return nil, fmt.Errorf("zmtp: cannot listen at %q; write tcp://host:port or ipc://path", endpoint)
}

func stale(path string) bool {
	st, err := os.Lstat(path)
	if err != nil || st.Mode()&os.ModeSocket == 0 {
		return false
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
