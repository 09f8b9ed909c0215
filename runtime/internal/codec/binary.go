package codec

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// Types and statically initialised variables of the program lie at the same distance from each
// other in every process of the same build, so a distance names them without registration. The
// distance is guarded by a check value over the build's hash: bytes of another build, or arbitrary
// ones, are recognised before anything is touched.

type anchored struct{ _ byte }

var anchor = uintptr(typePointer(reflect.TypeFor[anchored]()))

func typePointer(t reflect.Type) unsafe.Pointer {
	x := any(t)
	return (*eface)(unsafe.Pointer(&x)).data
}

// Build returns what identifies the running program among all builds, or "" where its file cannot
// be read. It is the link-time identifier where there is one, as hashing a large binary would cost
// every worker a tenth of a second; else the file's SHA-256.
var Build = sync.OnceValue(func() string {
	f, err := os.Open(executable())
	if err != nil {
		return ""
	}
	defer f.Close()
	if id := linkedID(f); id != "" {
		return id
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return fmt.Sprintf("%x", h.Sum(nil))
})

// executable is the file of this process even after it was replaced on disk.
func executable() string {
	const self = "/proc/self/exe"
	if _, err := os.Stat(self); err == nil {
		return self
	}
	p, _ := os.Executable()
	return p
}

type span struct{ from, to uintptr }

// image is where the program's file is mapped in this process. Elsewhere than on Linux it is empty,
// and types need registered names.
var image = sync.OnceValue(func() (spans []span) {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if !strings.HasSuffix(lines.Text(), " "+exe) {
			continue
		}
		var s span
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x", &s.from, &s.to); n == 2 {
			spans = append(spans, s)
		}
	}
	return spans
})

// inProgram reports whether p points into the program itself, not at memory from the heap.
func inProgram(p unsafe.Pointer) bool {
	for _, s := range image() {
		if a := uintptr(p); a >= s.from && a < s.to {
			return true
		}
	}
	return false
}

func offsetOf(p unsafe.Pointer) (uint64, bool) {
	if foreign.build != "" || !inProgram(p) || Build() == "" {
		return 0, false
	}
	return uint64(uintptr(p) - anchor), true
}

// at is the inverse of offsetOf. The anchor is a fixed address outside of the heap, so it and what
// is computed from it never move. The check of pointer arithmetic does not know that the sections
// of a program lie at fixed distances.
//
//go:nocheckptr
func at(off uint64) unsafe.Pointer {
	base := typePointer(reflect.TypeFor[anchored]())
	return unsafe.Add(base, int(off))
}

func typeOffset(t reflect.Type) (uint64, bool) {
	if foreign.build != "" {
		off, ok := foreign.offsets[t]
		return off, ok
	}
	return offsetOf(typePointer(t))
}

func typeAtOffset(off uint64) reflect.Type {
	if foreign.build != "" {
		return foreign.byOffset[off]
	}
	x := any(reflect.TypeFor[anchored]())
	(*eface)(unsafe.Pointer(&x)).data = at(off)
	return x.(reflect.Type)
}

// checkOf guards an offset. It need not resist an attacker who knows the program, as whoever may
// send bytes here may also send code.
func checkOf(off uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], off)
	build := foreign.build
	if build == "" {
		build = Build()
	}
	h := sha256.Sum256(append([]byte(build), b[:]...))
	return binary.LittleEndian.Uint64(h[:])
}

var checks sync.Map // offset → check

func check(off uint64) uint64 {
	if c, ok := checks.Load(off); ok {
		return c.(uint64)
	}
	c := checkOf(off)
	checks.Store(off, c)
	return c
}

func (e *encoder) address(off uint64) {
	e.b = binary.LittleEndian.AppendUint64(e.b, off)
	e.b = binary.LittleEndian.AppendUint64(e.b, check(off))
}

// address reads an offset; ok is false when this is not the build that wrote it.
func (d *decoder) address() (off uint64, ok bool, err error) {
	b, err := d.take(16)
	if err != nil {
		return 0, false, err
	}
	off = binary.LittleEndian.Uint64(b)
	if foreign.build != "" {
		return off, foreign.byOffset[off] != nil && checkOf(off) == binary.LittleEndian.Uint64(b[8:]), nil
	}
	if Build() == "" {
		return 0, false, nil
	}
	sum := binary.LittleEndian.Uint64(b[8:])
	if c, known := checks.Load(off); known {
		return off, c == sum, nil
	}
	if checkOf(off) != sum {
		return off, false, nil
	}
	checks.Store(off, sum)
	return off, true, nil
}
