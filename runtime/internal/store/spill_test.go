//go:build unix

package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func restore(t *testing.T, s *Store, f *Spilled) ([]byte, error) {
	t.Helper()
	d, err := s.Create(f.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	if err := f.Restore(d, func() bool { return true }); err != nil {
		return nil, err
	}
	b, err := s.Open(d.Seal(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), nil
}

func TestSpill(t *testing.T) {
	s := open(t, Config{Capacity: 64 << 20})
	dir := t.TempDir()
	for i, n := range []int{0, 1, spillChunk - 1, spillChunk, spillChunk + 1, 3<<20 + 7} {
		want := fill(n, uint64(i))
		f, err := Spill(filepath.Join(dir, "object"), want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := restore(t, s, f); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if err := f.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestSpillDamaged(t *testing.T) {
	s := open(t, Config{Capacity: 64 << 20})
	for name, damage := range map[string]func(path string) error{
		"one bit": func(path string) error {
			b, err := os.ReadFile(path)
			b[len(b)/2] ^= 1
			return errors.Join(err, os.WriteFile(path, b, 0o600))
		},
		"shorter": func(path string) error { return os.Truncate(path, 1<<20) },
		"gone":    os.Remove,
	} {
		path := filepath.Join(t.TempDir(), "object")
		f, err := Spill(path, fill(2<<20, 7))
		if err != nil {
			t.Fatal(err)
		}
		if err := damage(path); err != nil {
			t.Fatal(err)
		}
		if _, err := restore(t, s, f); !errors.Is(err, ErrCorrupt) || !bytes.Contains([]byte(err.Error()), []byte(path)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v", st)
	}
}

func TestSpillDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full, which is a disk without room")
	}
	if _, err := Spill("/dev/full", fill(1<<20, 1)); !errors.Is(err, ErrOutOfDisk) {
		t.Error(err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Fatal("the device was removed")
	}
}

func TestStoreNumbers(t *testing.T) {
	a, b := open(t, Config{Number: 1}), open(t, Config{Number: 4095})
	la, errA := a.Put([]byte("a"))
	lb, errB := b.Put([]byte("b"))
	if errA != nil || errB != nil || la.Store() != 1 || lb.Store() != 4095 {
		t.Error(la, lb, errA, errB)
	}
	if a.Busy(la) {
		t.Error("busy without a reader")
	}
	r, err := a.Open(la, nil)
	if err != nil || !a.Busy(la) {
		t.Error(err, "not busy with a reader")
	}
	if r.Release(); a.Busy(la) {
		t.Error("busy after the last Release")
	}
}

func TestCreateOnDisk(t *testing.T) {
	s := open(t, Config{Capacity: 1 << 20, Number: 3})
	dir := t.TempDir()
	want := fill(5<<20+3, 1)
	d, err := s.CreateOnDisk(dir, int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Copy(0, want); err != nil {
		t.Fatal(err)
	}
	loc := d.Seal()
	f, size, err := s.File(loc.Segment, false)
	if err != nil {
		t.Fatal(err)
	}
	v := NewView() // as another process does
	defer v.Close()
	if err := v.Attach(loc.Segment, f, size); err != nil {
		t.Fatal(err)
	}
	for _, open := range []func(Location, func()) (*Buffer, error){s.Open, v.Open} {
		b, err := open(loc, nil)
		if err != nil || !bytes.Equal(b.Bytes(), want) {
			t.Fatal(err)
		}
		b.Release()
	}
	if st := s.Stats(); st.Used != 0 || st.Reserved != 0 || st.Objects != 1 {
		t.Errorf("%+v", st)
	}
	if err := s.Free(loc); err != nil || s.Stats().Segments != 0 {
		t.Error(err, s.Stats())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Error(files, err)
	}
	d, err = s.CreateOnDisk(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	d.Abort()
	if s.Stats().Segments != 0 {
		t.Error("the segment of an aborted draft stays")
	}
}
