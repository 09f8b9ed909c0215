package store

import (
	"os"
	"syscall"
)

// The calls are made by package syscall: that of golang.org/x has no mmap at an address.

var systemPage = int64(os.Getpagesize())

const (
	mremapMayMove = 1
	mremapFixed   = 2
	// populateWrite makes pages as if each was written to, without changing them.
	populateWrite = 23
)

// overlay puts the pages of the segment from off on in the place of m, which is whole pages: private
// ones, so that what is written to them stays here.
func (s *segment) overlay(m []byte, off int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file.fd < 0 {
		return false
	}
	addr, size := addressOf(m), uintptr(len(m))
	// It is mapped elsewhere first: a mmap that fails may have removed what was at its place.
	at, _, e := syscall.Syscall6(syscall.SYS_MMAP, 0, size, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_NORESERVE, uintptr(s.file.fd), uintptr(off))
	if e != 0 {
		return false
	}
	if _, _, e = syscall.Syscall6(syscall.SYS_MREMAP, at, size, size, mremapMayMove|mremapFixed, addr, 0); e == 0 {
		return true
	}
	_, _, _ = syscall.Syscall(syscall.SYS_MUNMAP, at, size, 0)
	if !blank(m) {
		loseMemory(m)
	}
	return false
}

// blank puts memory without content in the place of m.
func blank(m []byte) bool {
	_, _, e := syscall.Syscall6(syscall.SYS_MMAP, addressOf(m), uintptr(len(m)), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON|syscall.MAP_FIXED|syscall.MAP_NORESERVE, ^uintptr(0), 0)
	return e == 0
}

// detach makes the pages of a window this process's own.
func detach(addr uintptr, size int) bool {
	_, _, e := syscall.Syscall(syscall.SYS_MADVISE, addr, uintptr(size), populateWrite)
	return e == 0
}
