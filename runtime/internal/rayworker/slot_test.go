package rayworker

import (
	"testing"

	"golang.org/x/sys/unix"
)

// shared is a new descriptor of shared memory that begins with text.
func shared(t *testing.T, size int64, text string) int {
	t.Helper()
	fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Ftruncate(fd, size); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Pwrite(fd, []byte(text), 0); err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestASlotIsGivenBackWhenItsValueIsUnused(t *testing.T) {
	freed := make(chan int, 1)
	s := slots{mapped: map[int]*slot{}, free: func(n int) { freed <- n }}
	fd := shared(t, 4096, "value")
	if err := s.attach(7, fd, 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
		t.Error("the descriptor is still open")
	}
	b, err := s.open(7, 5)
	if err != nil || string(b.Bytes()) != "value" || cap(b.Bytes()) != 5 {
		t.Fatal(b, err)
	}
	s.detach(7) // the shim does not, while it is in use; if it did, the memory must stay
	if string(b.Bytes()) != "value" {
		t.Error("the value has gone")
	}
	select {
	case n := <-freed:
		t.Fatalf("slot %d was given back in use", n)
	default:
	}
	b.Release()
	if n := <-freed; n != 7 {
		t.Errorf("slot %d was given back", n)
	}
	s.detach(7)
	if len(s.mapped) != 0 {
		t.Error("a slot that was dropped is still mapped")
	}
	if _, err := s.open(7, 5); err == nil {
		t.Error("a slot that was dropped can be opened")
	}
}

func TestASlotIsAsLargeAsItIs(t *testing.T) {
	s := slots{mapped: map[int]*slot{}, free: func(int) {}}
	if err := s.attach(0, shared(t, 4096, ""), 4096); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(0, 4097); err == nil {
		t.Error("more was opened than there is")
	}
	s.detach(0)
	if err := s.attach(1, shared(t, 4096, ""), 0); err == nil {
		t.Error("nothing was mapped without an error")
	}
}
