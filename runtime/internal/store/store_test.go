//go:build unix

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func fill(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := 0; i < n; i += 8 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], r.Uint64())
		copy(b[i:], word[:])
	}
	return b
}

func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestPutOpenFree(t *testing.T) {
	s := open(t, Config{Capacity: 32 << 20, SegmentSize: 1 << 20})
	var locs []Location
	var want [][]byte
	for i, n := range []int{0, 1, 63, 64, 65, 100_000, 1 << 20, 3<<20 + 5, 200_000} {
		b := fill(n, uint64(i))
		loc, err := s.Put(b[:n/2], b[n/2:])
		if err != nil {
			t.Fatal(err)
		}
		if loc.Offset%Alignment != 0 || loc.Size != int64(n) {
			t.Error(loc)
		}
		locs, want = append(locs, loc), append(want, b)
	}
	for i, loc := range locs {
		b, err := s.Open(loc, nil)
		if err != nil || !bytes.Equal(b.Bytes(), want[i]) {
			t.Fatalf("object %d: %v", i, err)
		}
		b.Release()
		if b.Bytes() != nil {
			t.Error("memory after the last Release")
		}
		if err := s.Free(loc); err != nil {
			t.Error(err)
		}
		if err := s.Free(loc); err == nil {
			t.Error("freed twice")
		}
		if _, err := s.Open(loc, nil); err == nil {
			t.Error("opened after Free")
		}
	}
	if st := s.Stats(); st.Used != 0 || st.Objects != 0 || st.Reserved > 16<<20 {
		t.Errorf("%+v", st)
	}
	if s.Trim(); s.Stats().Segments != 0 {
		t.Error("segments after Trim")
	}
}

func TestFillInPlace(t *testing.T) {
	s := open(t, Config{})
	d, err := s.Create(1000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	copy(b, fill(1000, 1))
	loc := d.Seal()
	d.Abort()
	if _, err := d.Bytes(); !errors.Is(err, ErrSealed) {
		t.Error(err)
	}
	if err := d.Copy(0, nil); !errors.Is(err, ErrSealed) {
		t.Error(err)
	}
	got, err := s.Open(loc, nil)
	if err != nil || !bytes.Equal(got.Bytes(), fill(1000, 1)) {
		t.Error(err)
	}
	if d, _ := s.Create(10); d.Copy(5, make([]byte, 6)) == nil {
		t.Error("a write past the end was accepted")
	}
}

func TestFullNamesSizes(t *testing.T) {
	s := open(t, Config{Capacity: 10 << 20, SegmentSize: 4 << 20})
	for range 2 {
		if _, err := s.Put(make([]byte, 3<<20)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Put(make([]byte, 5<<20))
	var full *FullError
	if !errors.As(err, &full) || !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	for _, part := range []string{"5.0 MiB", "6.0 MiB of 10.0 MiB", "2 objects", "largest free piece is 2.0 MiB", "raise ray.Config.ObjectStoreMemory"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if _, err := s.Create(-1); err == nil {
		t.Error("a negative size")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// Empty segments make room for an object that needs another size.
func TestWarmSegmentsYield(t *testing.T) {
	s := open(t, Config{Capacity: 8 << 20, SegmentSize: 2 << 20, Warm: 8 << 20})
	var locs []Location
	for range 4 {
		loc, err := s.Put(make([]byte, 2<<20))
		if err != nil {
			t.Fatal(err)
		}
		locs = append(locs, loc)
	}
	for _, loc := range locs {
		s.Free(loc)
	}
	if st := s.Stats(); st.Warm != 8<<20 {
		t.Errorf("%+v", st)
	}
	if _, err := s.Put(make([]byte, 7<<20)); err != nil {
		t.Error(err)
	}
}

// Idle segments give their pages back, and work as before afterwards.
func TestCool(t *testing.T) {
	s := open(t, Config{Capacity: 32 << 20, SegmentSize: 8 << 20, Idle: time.Millisecond})
	pages := func(id uint32) int64 {
		f, _, err := s.File(id, false)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return info.Sys().(*syscall.Stat_t).Blocks
	}
	want := fill(5<<20, 3)
	loc, _ := s.Put(want)
	kept, _ := s.Put(want) // in another segment
	if pages(loc.Segment) == 0 || loc.Segment == kept.Segment {
		t.Fatal("no pages", loc, kept)
	}
	s.Free(loc)
	for began := time.Now(); pages(loc.Segment) > 0; { // the timer
		if time.Since(began) > 10*time.Second {
			t.Fatal("the pages of an idle segment stay")
		}
		runtime.Gosched()
	}
	if st := s.Stats(); st.Warm != 0 || st.Segments != 2 {
		t.Errorf("%+v", st)
	}
	again, err := s.Put(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []Location{again, kept} {
		b, err := s.Open(l, nil)
		if err != nil || !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s: %v", l, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	s := open(t, Config{Capacity: 64 << 20, SegmentSize: 1 << 20, Warm: 2 << 20})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 2))
			type kept struct {
				loc Location
				sum [32]byte
			}
			var all []kept
			for i := range 200 {
				b := fill(r.IntN(20_000), uint64(i))
				loc, err := s.Put(b)
				if err != nil {
					t.Error(err)
					return
				}
				all = append(all, kept{loc, sha256.Sum256(b)})
				if len(all) > 5 {
					k := r.IntN(len(all))
					buf, err := s.Open(all[k].loc, nil)
					if err != nil || sha256.Sum256(buf.Bytes()) != all[k].sum {
						t.Error("changed", err)
						return
					}
					s.Free(all[k].loc)
					buf.Release()
					all = append(all[:k], all[k+1:]...)
				}
			}
			for _, k := range all {
				s.Free(k.loc)
			}
		})
	}
	wg.Wait()
	if st := s.Stats(); st.Used != 0 || st.Open != 0 {
		t.Errorf("%+v", st)
	}
}

func TestExtentsAgainstModel(t *testing.T) {
	const size = 400
	var model [size]bool // taken
	x := extents{{0, size}}
	r := rand.New(rand.NewPCG(5, 6))
	type piece struct{ off, n int64 }
	var taken []piece
	for range 5000 {
		if r.IntN(2) == 0 {
			n := int64(1 + r.IntN(40))
			off, ok := x.take(n)
			if !ok {
				continue
			}
			for i := off; i < off+n; i++ {
				if model[i] {
					t.Fatal("given twice")
				}
				model[i] = true
			}
			taken = append(taken, piece{off, n})
		} else if len(taken) > 0 {
			k := r.IntN(len(taken))
			p := taken[k]
			taken = append(taken[:k], taken[k+1:]...)
			for i := p.off; i < p.off+p.n; i++ {
				model[i] = false
			}
			x.give(p.off, p.n)
		}
		free := int64(0)
		for _, b := range model {
			if !b {
				free++
			}
		}
		for i, e := range x {
			free -= e.size
			if i > 0 && x[i-1].off+x[i-1].size >= e.off {
				t.Fatal("not joined", x)
			}
		}
		if free != 0 {
			t.Fatal("lost", x)
		}
	}
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

func TestNoDescriptorsLeak(t *testing.T) {
	before := descriptors(t)
	for range 20 {
		s, err := New(Config{Capacity: 8 << 20, SegmentSize: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		v := NewView()
		for i := range 5 {
			loc, err := s.Put(fill(500_000, uint64(i)))
			if err != nil {
				t.Fatal(err)
			}
			f, size, err := s.File(loc.Segment, i%2 == 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Attach(loc.Segment, f, size); err != nil {
				t.Fatal(err)
			}
		}
		v.Close()
		s.Close()
	}
	if after := descriptors(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
