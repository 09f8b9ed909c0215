package store

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"syscall"
)

// ErrOutOfDisk is what every error about a disk without room is.
var ErrOutOfDisk = errors.New("no room on the disk")

// ErrCorrupt is what every error about a damaged file is.
var ErrCorrupt = errors.New("the file is damaged")

// castagnoli has instructions of its own on amd64 and arm64.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// spillChunk is how much is written and read at once: it stays in the processor's cache between
// the copy and the checksum.
const spillChunk = 256 << 10

// Spilled is an object that was written to a file, to make room.
type Spilled struct {
	Path string
	Size int64
	sum  uint32
}

// Spill writes b to a new file. The disk may lose it when the machine stops: so does everything
// else that the session has.
func Spill(path string, b []byte) (*Spilled, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, spillError(path, err)
	}
	s := &Spilled{Path: path, Size: int64(len(b))}
	for len(b) > 0 && err == nil {
		n := min(len(b), spillChunk)
		s.sum = crc32.Update(s.sum, castagnoli, b[:n])
		_, err = f.Write(b[:n])
		b = b[n:]
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		removeFile(path)
		return nil, spillError(path, err)
	}
	return s, nil
}

// removeFile removes what an attempt left behind, unless it was there before: a device.
func removeFile(path string) {
	if i, err := os.Lstat(path); err == nil && i.Mode().IsRegular() {
		os.Remove(path)
	}
}

func spillError(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("store: objects do not fit into the memory, and cannot be written to %s: %w (%w); free some of the disk, or set TMPDIR to a larger one", path, ErrOutOfDisk, err)
	}
	return fmt.Errorf("store: objects do not fit into the memory, and cannot be written to a file: %w; set TMPDIR to a writable directory", err)
}

// Restore reads the object into space of its size, and checks it. goOn is asked now and then.
func (s *Spilled) Restore(d *Draft, goOn func() bool) error {
	f, err := os.Open(s.Path)
	if err != nil {
		return fmt.Errorf("store: %w: %w", ErrCorrupt, err)
	}
	defer f.Close()
	buf := make([]byte, min(s.Size, spillChunk))
	sum := uint32(0)
	for at := int64(0); at < s.Size; {
		b := buf[:min(int64(len(buf)), s.Size-at)]
		if _, err := io.ReadFull(f, b); err != nil {
			return fmt.Errorf("store: %w: %s ends after %s of %s", ErrCorrupt, s.Path, Bytes(at), Bytes(s.Size))
		}
		sum = crc32.Update(sum, castagnoli, b)
		if err := d.Copy(at, b); err != nil {
			return err
		}
		if at += int64(len(b)); !goOn() {
			return ErrClosed
		}
	}
	if sum != s.sum {
		return fmt.Errorf("store: %w: the checksum of %s is %08x, not %08x; look at the disk", ErrCorrupt, s.Path, sum, s.sum)
	}
	return nil
}

// Remove deletes the file.
func (s *Spilled) Remove() error { return os.Remove(s.Path) }

// CreateOnDisk is Create beyond the capacity, with memory that the system can write to a file in dir:
// for objects that are needed together and do not fit together.
func (s *Store) CreateOnDisk(dir string, size int64) (*Draft, error) {
	file, err := newOnDisk(dir, pages(max(size, 1)))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		file.close()
		return nil, ErrClosed
	}
	seg := &segment{id: s.segmentID(), size: pages(max(size, 1)), file: file, objects: 1, onDisk: true}
	s.segments[seg.id] = seg
	return s.draft(seg, 0, size), nil
}
