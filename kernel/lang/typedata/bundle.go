package typedata

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
)

// Magic begins a bundle; the Go release and a line end follow.
const Magic = "GORAYTYPES2 "

// Bundle is an opened bundle.
type Bundle struct {
	entries map[string]entry
}

type entry struct {
	packed string
	raw    int
	needs  []string
}

var errDamaged = errors.New("typedata: the bundle is damaged; run go generate ./kernel/lang/... and build again")

// Open reads a bundle's index. It fails when the bundle was made by another Go release than the
// one that built this program.
func Open(data string) (*Bundle, error) {
	if data == "" {
		return nil, fmt.Errorf("typedata: there are no types for %s/%s; add the platform to kernel/lang/symgen and run go generate ./kernel/lang/...", runtime.GOOS, runtime.GOARCH)
	}
	rest, ok := strings.CutPrefix(data, Magic)
	release, rest, ok2 := strings.Cut(rest, "\n")
	if !ok || !ok2 {
		return nil, errDamaged
	}
	if release != runtime.Version() {
		return nil, fmt.Errorf("typedata: the types were generated for %s, but this program was built with %s; run go generate ./kernel/lang/... with %[2]s and build again", release, runtime.Version())
	}
	r := &reader{s: rest}
	count, size := r.number(), r.number()
	if r.bad || size > len(r.s) {
		return nil, errDamaged
	}
	body := r.s[size:]
	r.s = r.s[:size]
	b := &Bundle{entries: make(map[string]entry, count)}
	for range count {
		path, raw, packed, n := r.text(), r.number(), r.number(), r.number()
		if r.bad || packed > len(body) || n > len(r.s) {
			return nil, errDamaged
		}
		e := entry{packed: body[:packed], raw: raw}
		body = body[packed:]
		for range n {
			e.needs = append(e.needs, r.text())
		}
		b.entries[path] = e
	}
	if r.bad {
		return nil, errDamaged
	}
	return b, nil
}

// Paths lists the import paths in the bundle, sorted.
func (b *Bundle) Paths() []string {
	l := make([]string, 0, len(b.entries))
	for p := range b.entries {
		l = append(l, p)
	}
	slices.Sort(l)
	return l
}

// Has says whether the bundle has the package.
func (b *Bundle) Has(path string) bool {
	_, ok := b.entries[path]
	return ok
}

// Package returns the export data of a package, and the packages that must be loaded before it
// is decoded.
func (b *Bundle) Package(path string) (raw []byte, needs []string, ok bool, err error) {
	e, ok := b.entries[path]
	if !ok {
		return nil, nil, false, nil
	}
	raw = make([]byte, e.raw)
	if _, err := io.ReadFull(flate.NewReader(strings.NewReader(e.packed)), raw); err != nil {
		return nil, nil, true, fmt.Errorf("%w (%s: %v)", errDamaged, path, err)
	}
	return raw, e.needs, true, nil
}

// reader takes the index apart; bad is set when it ends early.
type reader struct {
	s   string
	bad bool
}

func (r *reader) number() int {
	buf := []byte(r.s[:min(len(r.s), binary.MaxVarintLen64)])
	n, k := binary.Uvarint(buf)
	if k <= 0 || n > 1<<31 {
		r.bad = true
		return 0
	}
	r.s = r.s[k:]
	return int(n)
}

func (r *reader) text() string {
	n := r.number()
	if r.bad || n > len(r.s) {
		r.bad = true
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}
