package rt

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/sha256"
	"hash"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"unsafe"
)

func TestPull(t *testing.T) {
	next, stop := Pull(func(yield func(any) bool) { _ = yield(1) && yield("two") })
	defer stop()
	for _, want := range []any{1, "two"} {
		if v, ok := next(); !ok || v != want {
			t.Errorf("next is %v, %v", v, ok)
		}
	}
	if _, ok := next(); ok {
		t.Error("a third value")
	}
	next2, stop2 := Pull2(func(yield func(any, any) bool) { yield("k", 3) })
	defer stop2()
	if k, v, ok := next2(); k != "k" || v != 3 || !ok {
		t.Error(k, v, ok)
	}
}

func TestMemory(t *testing.T) {
	s := make([]int, 10)
	if !Overlaps(s[:5], s[4:]) || Overlaps(s[:5], s[5:]) || Overlaps(s[:0], s) {
		t.Error("Overlaps")
	}
	m := map[string]int{"a": 1}
	c := MapClone(m).(map[string]int)
	c["b"] = 2
	if len(m) != 1 || len(c) != 2 || MapClone(map[int]int(nil)).(map[int]int) != nil {
		t.Error("MapClone")
	}
	type key struct{ a, b int }
	if Unique(key{1, 2}) != Unique(key{1, 2}) || Unique(key{1, 2}) == Unique(key{2, 1}) || UniqueValue(Unique(3)) != 3 {
		t.Error("Unique")
	}
	p := new([64]byte)
	w := WeakMake(unsafe.Pointer(p))
	if WeakValue(w) != unsafe.Pointer(p) || WeakValue(nil) != nil {
		t.Error("Weak")
	}
	done := make(chan int, 1)
	AddCleanup(unsafe.Pointer(p), func() { done <- 1 })
	runtime.KeepAlive(p)
	p = nil
	runtime.GC()
	runtime.GC()
	<-done
	if WeakValue(w) != nil {
		t.Error("the object is gone, the weak pointer is not")
	}
}

func TestKeys(t *testing.T) {
	h := func() hash.Hash { return sha256.New() }
	a, err1 := HKDFKey(h, []byte("secret"), nil, "info", 16)
	b, err2 := hkdf.Key(sha256.New, []byte("secret"), nil, "info", 16)
	if !slices.Equal(a, b) || err1 != nil || err2 != nil {
		t.Error("HKDFKey")
	}
	a, err1 = PBKDF2Key(h, "password", []byte("salt"), 10, 16)
	b, err2 = pbkdf2.Key(sha256.New, "password", []byte("salt"), 10, 16)
	if !slices.Equal(a, b) || err1 != nil || err2 != nil {
		t.Error("PBKDF2Key")
	}
}

func TestConvertAssign(t *testing.T) {
	var n int16
	if err := ConvertAssign(&n, "77"); err != nil || n != 77 {
		t.Error(n, err)
	}
	if RandN(1) != 0 || reflect.TypeOf(Unique(1)) == nil {
		t.Error("RandN")
	}
}
