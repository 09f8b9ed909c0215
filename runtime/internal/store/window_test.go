package store_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/store"
)

// object puts size bytes into a new store and opens them.
func object(t *testing.T, size int) (*store.Store, store.Location, []byte) {
	t.Helper()
	s, err := store.New(store.Config{})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { s.Close() })
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7)
	}
	loc, err := s.Put(data[:100], data[100:])
	if err != nil {
		t.Fatal(err)
	}
	return s, loc, data
}

func window(t *testing.T, s *store.Store, loc store.Location) []byte {
	t.Helper()
	b, err := s.Open(loc, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := b.Window(b.Bytes()[64 : len(b.Bytes())-3])
	b.Release()
	if !ok && runtime.GOOS != "linux" {
		t.Skip("this system maps no pages over Go's heap")
	} else if !ok {
		t.Fatal("no window")
	}
	return m
}

// until collects garbage until what is asked for holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); {
		if time.Since(begun) > time.Minute {
			t.Fatalf("%s: not after a minute", what)
		}
		runtime.GC()
		runtime.Gosched()
	}
}

func TestAWindowIsACopyForWhoWritesToIt(t *testing.T) {
	s, loc, data := object(t, 5<<20)
	first, second := window(t, s, loc), window(t, s, loc)
	if !bytes.Equal(first, data[64:len(data)-3]) {
		t.Fatal("a window has other bytes than the object")
	}
	for i := range first {
		first[i] = 1
	}
	if !bytes.Equal(second, data[64:len(data)-3]) {
		t.Error("what was written to one window is seen in another")
	}
	if b, err := s.Open(loc, nil); err != nil || !bytes.Equal(b.Bytes(), data) {
		t.Error("what was written to a window is seen in the object")
	}
	if cap(first) != len(first) {
		t.Errorf("the capacity is %d, the length %d: append would write over what is not the window's", cap(first), len(first))
	}
}

// The space of an object must not be used again while somebody has a slice of it, however small and
// wherever in it, and must come back afterwards.
func TestAWindowKeepsItsObject(t *testing.T) {
	s, loc, data := object(t, 5<<20)
	piece := window(t, s, loc)[3<<20 : 3<<20+10]
	if err := s.Free(loc); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		runtime.GC()
		other, err := s.Put(make([]byte, len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if other == loc {
			t.Fatal("the space was used again")
		}
		if !bytes.Equal(piece, data[64+3<<20:][:10]) {
			t.Fatalf("the slice has become %v", piece)
		}
		if err := s.Free(other); err != nil {
			t.Fatal(err)
		}
	}
	runtime.KeepAlive(piece)
	until(t, "the object's space comes back", func() bool { return s.Stats().Used == 0 })
}

func TestOwnWindowsLetTheObjectGo(t *testing.T) {
	s, loc, data := object(t, 5<<20)
	m := window(t, s, loc)
	m[0]++
	want := append([]byte{data[64] + 1}, data[65:len(data)-3]...)
	if err := s.Free(loc); err != nil {
		t.Fatal(err)
	}
	if n := store.OwnWindows(); n < int64(len(m)) {
		t.Skipf("this kernel does not make pages private at once: %d bytes", n)
	}
	if used := s.Stats().Used; used != 0 {
		t.Errorf("%d bytes are used, though no window needs them", used)
	}
	other, err := s.Put(make([]byte, len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m, want) {
		t.Error("the value has changed with the space that was the object's")
	}
	if err := s.Free(other); err != nil {
		t.Fatal(err)
	}
	s.Trim()
	if !bytes.Equal(m, want) {
		t.Error("the value has changed with the end of the segment")
	}
}

// The memory that windows leave is ordinary again: what is made of it begins as zeros and keeps what
// is written to it.
func TestMemoryAfterWindowsIsOrdinary(t *testing.T) {
	s, loc, _ := object(t, 3<<20)
	for range 20 {
		window(t, s, loc)[5] = 9
	}
	until(t, "the windows are gone", func() bool { n, _ := store.Windows(); return n == 0 })
	runtime.GC()
	if err := s.Free(loc); err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for range 30 {
		m := make([]byte, 3<<20)
		for i, b := range m {
			if b != 0 {
				t.Fatalf("byte %d of new memory is %d", i, b)
			}
		}
		for i := range m {
			m[i] = byte(i)
		}
		all = append(all, m)
	}
	if _, err := s.Put(make([]byte, 3<<20)); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		for i := range m {
			if m[i] != byte(i) {
				t.Fatalf("byte %d has become %d", i, m[i])
			}
		}
	}
}

func TestSmallPartsAndForeignMemoryHaveNoWindow(t *testing.T) {
	s, loc, _ := object(t, 3<<20)
	b, err := s.Open(loc, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if _, ok := b.Window(b.Bytes()[:1000]); ok {
		t.Error("a thousand bytes were mapped")
	}
	if _, ok := b.Window(make([]byte, 2<<20)); ok {
		t.Error("memory of another owner was mapped")
	}
	if _, ok := (*store.Buffer)(nil).Window(b.Bytes()); ok {
		t.Error("memory without a buffer was mapped")
	}
	if _, ok := store.NewBuffer(make([]byte, 2<<20), nil).Window(b.Bytes()); ok {
		t.Error("memory of an object was mapped by another buffer")
	}
}
