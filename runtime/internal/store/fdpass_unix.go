//go:build unix

package store

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// maxFDs is how many descriptors one message may carry.
const maxFDs = 64

// SendFDs writes b, which must not be empty, to a unix stream socket together with descriptors.
// The files stay the caller's.
func SendFDs(c *net.UnixConn, b []byte, files ...*os.File) error {
	if len(b) == 0 || len(files) > maxFDs {
		return fmt.Errorf("store: send %d bytes with %d descriptors; at least one byte must carry them, and at most %d fit", len(b), len(files), maxFDs)
	}
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = int(f.Fd())
	}
	n, _, err := c.WriteMsgUnix(b, unix.UnixRights(fds...), nil)
	if err == nil && n < len(b) {
		_, err = c.Write(b[n:])
	}
	return err
}

// RecvFDs reads into b what one read gives, with the descriptors that came along. A stream does not
// keep messages apart: send the length first, and descriptors with bytes that are read by RecvFDs.
func RecvFDs(c *net.UnixConn, b []byte) (n int, files []*os.File, err error) {
	oob := make([]byte, unix.CmsgSpace(4*maxFDs))
	n, oobn, flags, _, err := c.ReadMsgUnix(b, oob)
	if err != nil {
		return n, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return n, nil, fmt.Errorf("store: descriptors: %w", err)
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue // credentials and the like
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "shared memory"))
		}
	}
	if flags&unix.MSG_CTRUNC != 0 {
		for _, f := range files {
			f.Close()
		}
		return n, nil, errors.New("store: descriptors were lost on the way; raise the limit of open files (ulimit -n)")
	}
	return n, files, nil
}

// SocketPair returns the two ends of a unix stream socket: one to keep, one to give to a child
// (exec.Cmd.ExtraFiles) that turns it into a connection with ConnOf.
func SocketPair() (mine *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("store: socket pair: %w; raise the limit of open files (ulimit -n)", err)
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	mine, err = ConnOf(os.NewFile(uintptr(fds[0]), "socket"))
	theirs = os.NewFile(uintptr(fds[1]), "socket")
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return mine, theirs, nil
}

// ConnOf turns a socket into a connection and closes f.
func ConnOf(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, errors.New("store: the descriptor is not a unix socket")
	}
	return u, nil
}
