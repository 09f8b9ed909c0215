package session

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// blob is memory that outlives the process that wrote it, as long as another has it open, and is
// gone with the last of them: a file without a name.
type blob struct {
	f    *os.File
	size int64
}

// shared says where another process finds a blob.
type shared struct {
	PID  int     `json:"pid,omitempty"`
	FD   uintptr `json:"fd,omitempty"`
	Size int64   `json:"size,omitempty"`
	Data []byte  `json:"data,omitempty"`
}

func newBlob() (*blob, error) {
	fd, err := unix.MemfdCreate("goray-snapshot", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("session: no memory for a snapshot: %w", err)
	}
	return &blob{f: os.NewFile(uintptr(fd), "snapshot")}, nil
}

func (b *blob) write(at int64, p []byte) error {
	b.size = max(b.size, at+int64(len(p)))
	_, err := b.f.WriteAt(p, at)
	return err
}

func (b *blob) bytes() ([]byte, error) {
	p := make([]byte, b.size)
	_, err := io.ReadFull(io.NewSectionReader(b.f, 0, b.size), p)
	return p, err
}

func (b *blob) share() shared { return shared{PID: os.Getpid(), FD: b.f.Fd(), Size: b.size} }

// openBlob opens a blob of another process, which must live.
func openBlob(s shared) (*blob, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/fd/%d", s.PID, s.FD))
	return &blob{f, s.Size}, err
}

func (b *blob) close() {
	if b != nil {
		b.f.Close()
	}
}

func (b *blob) length() int64 { return b.size }
