package codec_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/goray/goray/runtime/internal/codec"
)

type moving struct {
	mu           sync.Mutex
	rw           sync.RWMutex
	once         sync.Once
	buffer       []int // has room
	left, right  []int // overlap
	words        []string
	tail         []string // of words
	empty        []float64
	inside       *int
	full         []byte
	self         *moving
	pairs        []*moving
	sharedPairs  []*moving
	another, nil []int
}

func move(t *testing.T, v *moving) *moving {
	t.Helper()
	o := &codec.Options{Whole: true}
	p, err := codec.Encode(reflect.ValueOf(v), o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := codec.Decode(p, reflect.TypeOf(v), o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Interface().(*moving)
}

// TestWhole moves what a copy would change: capacities, overlapping slices, locks.
func TestWhole(t *testing.T) {
	v := &moving{buffer: append(make([]int, 0, 8), 1, 2), words: []string{"a", "b", "c", "d"}, empty: make([]float64, 0, 4), full: []byte("full")}
	v.buffer[:8][5] = 77
	all := []int{0, 1, 2, 3, 4, 5}
	v.left, v.right = all[:4], all[2:6:6]
	v.tail = v.words[2:]
	v.inside = &v.buffer[1]
	v.self = v
	v.pairs = append(make([]*moving, 0, 3), v)
	v.sharedPairs = v.pairs
	v.mu.Lock()
	v.once.Do(func() {})
	w := move(t, v)
	w.tail[0] = "changed"
	w.right[0] = 22
	*w.inside = 5
	w.sharedPairs = append(w.sharedPairs, nil)
	switch {
	case w.self != w, cap(w.buffer) != 8, w.buffer[:8][5] != 77, w.buffer[1] != 5:
		t.Error("buffer:", w.buffer[:cap(w.buffer)], w.self == w)
	case w.words[2] != "changed", w.left[2] != 22, cap(w.left) != 6, cap(w.right) != 4:
		t.Error("overlaps:", w.words, w.left, cap(w.left), cap(w.right))
	case cap(w.empty) != 4, len(w.empty) != 0, string(w.full) != "full", w.nil != nil, w.another != nil:
		t.Error("empty:", cap(w.empty), len(w.empty), w.full)
	case len(w.pairs[:2]) != 2, w.pairs[0] != w, cap(w.sharedPairs) != 3, &w.pairs[0] != &w.sharedPairs[0]:
		t.Error("pairs:", w.pairs, cap(w.sharedPairs))
	case w.mu.TryLock():
		t.Error("a lock was lost")
	}
	w.mu.Unlock()
	w.once.Do(func() { t.Error("it was done already") })
	if again := move(t, w); again.words[2] != "changed" || cap(again.buffer) != 8 {
		t.Error("a second move:", again.words, cap(again.buffer))
	}
}

func TestCheckWhole(t *testing.T) {
	type worse struct {
		ok   sync.Mutex
		cond *sync.Cond
	}
	if err := codec.CheckWhole(reflect.TypeFor[*moving](), nil); err != nil {
		t.Error(err)
	}
	if err := codec.CheckWhole(reflect.TypeFor[worse](), nil); err == nil || !strings.Contains(err.Error(), "worse.cond") {
		t.Error(err)
	}
	if err := codec.CheckWith(reflect.TypeFor[*moving](), nil, false); err == nil {
		t.Error("a copy of a lock is accepted")
	}
}
