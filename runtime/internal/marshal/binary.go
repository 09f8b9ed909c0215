package marshal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// anchor is a function of this binary; its address is what others are measured from, so that
// position-independent binaries work too.
func anchor() {}

var anchorFunc = anchor

func binaryBase() uintptr { return **(**uintptr)(unsafe.Pointer(&anchorFunc)) }

// eface is the layout of an interface value without methods.
type eface struct{ typ, data unsafe.Pointer }

// mappings are the address ranges that this binary's file is mapped at.
var mappings = sync.OnceValue(func() (ranges [][2]uintptr) {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer maps.Close()
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || strings.Join(fields[5:], " ") != exe {
			continue
		}
		low, high, _ := strings.Cut(fields[0], "-")
		from, err1 := strconv.ParseUint(low, 16, 64)
		to, err2 := strconv.ParseUint(high, 16, 64)
		if err1 == nil && err2 == nil {
			ranges = append(ranges, [2]uintptr{uintptr(from), uintptr(to)})
		}
	}
	return ranges
})

// inBinary reports whether p points into the file of the running binary.
func inBinary(p uintptr) bool {
	for _, r := range mappings() {
		if p >= r[0] && p < r[1] {
			return true
		}
	}
	return false
}

// BuildHash identifies the running binary: a SHA-256 of the build id that the Go linker put in,
// which depends on all that was linked, or of the whole file where there is none. It is empty where
// neither can be read. Addresses are exchanged only between processes with equal hashes.
var BuildHash = sync.OnceValue(func() string {
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if id := buildID(f); len(id) > 0 {
		h.Write(id)
	} else if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
})

// InBinary reports whether a function value is a constant of the program: neither a closure with
// captured variables nor made at run time.
func InBinary(fn any) bool { return inBinary(uintptr((*eface)(unsafe.Pointer(&fn)).data)) }
