//go:build unix

package store

import (
	"bytes"
	"runtime"
	"testing"
)

// A buffer keeps the memory of a freed object, and the collector ends it when nobody has it.
func TestBufferLifetime(t *testing.T) {
	s := open(t, Config{Capacity: 4 << 20, SegmentSize: 1 << 20})
	want := fill(1<<20, 7)
	loc, _ := s.Put(want)
	released := make(chan bool, 1)
	b, err := s.Open(loc, func() { released <- true })
	if err != nil {
		t.Fatal(err)
	}
	s.Free(loc)
	for range 3 { // would overwrite the memory if it were free
		if _, err := s.Put(fill(1<<20, 8)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Error("memory changed under an open buffer")
	}
	b.Retain().Release()
	runtime.KeepAlive(b)
	b = nil
	for done := false; !done; {
		runtime.GC()
		select {
		case <-released:
			done = true
		default:
			runtime.Gosched()
		}
	}
	if _, err := s.Put(fill(1<<20, 9)); err != nil {
		t.Error("the space did not return:", err)
	}
}

func TestCloseWithOpenBuffer(t *testing.T) {
	s := open(t, Config{})
	loc, _ := s.Put([]byte("still here"))
	b, err := s.Open(loc, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if string(b.Bytes()) != "still here" {
		t.Error("memory went with Close")
	}
	b.Release()
	if st := s.Stats(); st.Segments != 0 {
		t.Errorf("%+v", st)
	}
}
