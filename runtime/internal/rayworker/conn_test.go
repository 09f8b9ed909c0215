package rayworker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pair is a connection, and the descriptor of its other end, which the shim would have.
func pair(t *testing.T) (*conn, int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newConn(fds[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c, fds[1]
}

// both are two connections to each other.
func both(t *testing.T) (a, b *conn) {
	t.Helper()
	a, fd := pair(t)
	b, err := newConn(fd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return a, b
}

// raw is a frame as bytes.
func raw(js string, payload []byte) []byte {
	head := make([]byte, headSize)
	binary.LittleEndian.PutUint32(head, uint32(len(js)))
	binary.LittleEndian.PutUint64(head[4:], uint64(len(payload)))
	return append(append(head, js...), payload...)
}

func TestFramesArriveWholeAndInOrder(t *testing.T) {
	a, b := both(t)
	sizes := []int{0, 1, readSize - 1, readSize, readSize + 1, 3*readSize + 7, 5 << 20, 2}
	sent := make(chan error, 1)
	go func() {
		for i, n := range sizes {
			payload := bytes.Repeat([]byte{byte(i + 1)}, n)
			if err := a.send(&message{T: "call", ID: i}, nil, payload[:n/3], payload[n/3:]); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for i, n := range sizes {
		f, err := b.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.T != "call" || f.ID != i || len(f.payload) != n || bytes.Count(f.payload, []byte{byte(i + 1)}) != n {
			t.Fatalf("frame %d is %s %d with %d bytes, want %d", i, f.T, f.ID, len(f.payload), n)
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestDescriptorsArriveInOrder(t *testing.T) {
	a, b := both(t)
	for i := range 3 {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "test")
		fmt.Fprint(f, "content ", i)
		if err := a.send(&message{T: "slot", N: i}, f); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	for i := range 3 {
		f, err := b.next()
		if err != nil || f.N != i {
			t.Fatal(f, err)
		}
		fd, err := b.file()
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 9)
		if _, err := unix.Pread(fd, got, 0); err != nil || string(got) != fmt.Sprint("content ", i) {
			t.Errorf("descriptor %d leads to %q, %v", i, got, err)
		}
		unix.Close(fd)
	}
	if _, err := b.file(); err == nil {
		t.Error("a descriptor came that nobody sent")
	}
}

func TestWhatIsNoFrameIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"a damaged header":   {raw("{", nil), "damaged"},
		"too long a header":  {append(binary.LittleEndian.AppendUint32(nil, maxHeader+1), make([]byte, 8)...), "another build"},
		"too long a payload": {binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, 2), maxPayload+1), "another build"},
		"an end in a frame":  {raw(`{"t":"call"}`, make([]byte, 100))[:50], "EOF"},
		"an end":             {nil, "EOF"},
	} {
		a, fd := pair(t)
		if _, err := unix.Write(fd, c.bytes); err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		if _, err := a.next(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheOtherSideSeesTheEnd(t *testing.T) {
	a, b := both(t)
	a.closeWrite()
	if _, err := b.next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end came %v", err)
	}
	if err := b.send(&message{T: "free"}, nil); err != nil {
		t.Errorf("the other direction ended, too: %v", err)
	}
	if f, err := a.next(); err != nil || f.T != "free" {
		t.Error(f, err)
	}
}

func TestADescriptorThatIsNoSocket(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(f.Fd()))
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newConn(fd); err == nil {
		t.Error("a file was taken for a socket")
	}
}
