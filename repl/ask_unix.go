//go:build unix

package repl

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// readWithin reads what comes within limit; nil for nothing.
func readWithin(f *os.File, limit time.Duration) []byte {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
	for end := time.Now().Add(limit); ; {
		n, err := unix.Poll(fds, max(0, int(time.Until(end).Milliseconds())))
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return nil
		}
		break
	}
	chunk := make([]byte, 1024)
	n, err := f.Read(chunk)
	if err != nil || n == 0 {
		return nil
	}
	return chunk[:n]
}

// pixelSize is the size of the terminal in pixels, 0 where it does not say.
func pixelSize(f *os.File) (width, height int) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return int(size.Xpixel), int(size.Ypixel)
}
