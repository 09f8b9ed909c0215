package sched

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// The slab must behave as a map does, whatever is put in and taken out.
func TestSlabAgainstMap(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 20 {
		var s slab
		known := map[uint64]uint32{}
		ids := func() uint64 { // of a few processes, mostly consecutive
			return uint64(random.IntN(4))<<48 | random.Uint64N(uint64(50<<(round%8)))
		}
		for range 20_000 {
			id := ids()
			switch i, has := known[id]; random.IntN(3) {
			case 0:
				if has {
					s.drop(i)
					delete(known, id)
				}
			case 1:
				got := s.obtain(id)
				if has && got != i {
					t.Fatalf("id %x is in slot %d, then %d", id, i, got)
				}
				known[id] = got
			default:
				if got := s.find(id); got != i {
					t.Fatalf("id %x: slot %d, want %d", id, got, i)
				}
			}
		}
		if s.count != len(known) {
			t.Fatalf("%d slots, want %d", s.count, len(known))
		}
		for id, i := range known {
			if s.find(id) != i || s.at(i).id != id {
				t.Fatalf("id %x is lost", id)
			}
		}
		for _, i := range known {
			s.drop(i)
		}
		if s.count != 0 || s.find(ids()) != 0 {
			t.Fatal("something is left")
		}
	}
}

func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(slot{}); n != 32 {
		t.Errorf("a slot takes %d bytes; bytes() says 32", n)
	}
	if n := unsafe.Sizeof(edge{}); n != 8 {
		t.Errorf("an edge takes %d bytes; bytes() says 8", n)
	}
}

// A burst must not keep its memory.
func TestSlabShrinks(t *testing.T) {
	s := New(Config{Total: map[string]float64{"CPU": 1}})
	shape, _ := s.Shape(map[string]float64{"CPU": 1})
	for i := range Task(100_000) {
		s.Submit(Submission{Task: i + 1, Shape: shape, After: []Task{i + 200_000}})
	}
	if s.Bytes() < 5_000_000 {
		t.Errorf("%d bytes for 100,000 tasks", s.Bytes())
	}
	for i := range Task(100_000) {
		s.Remove(i+1, shape)
		s.Settled(i + 200_000)
	}
	if s.Bytes() > 300_000 {
		t.Errorf("%d bytes are left for nothing", s.Bytes())
	}
}
