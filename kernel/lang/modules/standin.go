package modules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// standIns define in Go what a few packages, on which many others stand, leave to assembly or to
// the insides of the run time. Of each file only those functions are taken that have no body in the
// version at hand.
var standIns = map[string]string{
	// Without an answer of the processor every feature is missing, and portable code is taken.
	"golang.org/x/sys/cpu": `package cpu

func cpuid(eaxArg, ecxArg uint32) (eax, ebx, ecx, edx uint32) { return }

func xgetbv() (eax, edx uint32) { return }

func runtime_getAuxv() []uintptr { return nil }
`,
	"golang.org/x/net/internal/socket": `package socket

import (
	"syscall"
	"unsafe"
)

func syscall_getsockopt(s, level, name int, val unsafe.Pointer, vallen *uint32) error {
	_, _, err := syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(s), uintptr(level), uintptr(name), uintptr(val), uintptr(unsafe.Pointer(vallen)), 0)
	if err != 0 {
		return err
	}
	return nil
}

func syscall_setsockopt(s, level, name int, val unsafe.Pointer, vallen uintptr) error {
	_, _, err := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(s), uintptr(level), uintptr(name), uintptr(val), vallen, 0)
	if err != 0 {
		return err
	}
	return nil
}
`,
	// The compiled syscall package has the entries to the system.
	"golang.org/x/sys/unix": `package unix

import (
	"syscall"
	"unsafe"
)

func Syscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	return syscall.Syscall(trap, a1, a2, a3)
}

func Syscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	return syscall.Syscall6(trap, a1, a2, a3, a4, a5, a6)
}

func RawSyscall(trap, a1, a2, a3 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	return syscall.RawSyscall(trap, a1, a2, a3)
}

func RawSyscall6(trap, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2 uintptr, err syscall.Errno) {
	return syscall.RawSyscall6(trap, a1, a2, a3, a4, a5, a6)
}

func SyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = syscall.Syscall(trap, a1, a2, a3)
	return r1, r2
}

func RawSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = syscall.RawSyscall(trap, a1, a2, a3)
	return r1, r2
}

func gettimeofday(tv *Timeval) (err syscall.Errno) {
	_, _, err = syscall.RawSyscall(SYS_GETTIMEOFDAY, uintptr(unsafe.Pointer(tv)), 0, 0)
	return err
}

func syscall_prlimit(pid, resource int, newlimit, old *syscall.Rlimit) error {
	_, _, err := syscall.RawSyscall6(SYS_PRLIMIT64, uintptr(pid), uintptr(resource), uintptr(unsafe.Pointer(newlimit)), uintptr(unsafe.Pointer(old)), 0, 0)
	if err != 0 {
		return err
	}
	return nil
}

func runtime_getAuxv() []uintptr { return nil }

func vgetrandom(p []byte, flags uint32) (ret int, supported bool) { return -1, false }
`,
}

// standsIn says whether a function without a body has one in standIns.
func standsIn(path, function string) bool {
	text, ok := standIns[path]
	if !ok {
		return false
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	return err == nil && slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		fd, ok := d.(*ast.FuncDecl)
		return ok && fd.Name.Name == function
	})
}

// addStandIn replaces the functions without a body.
func (p *Package) addStandIn(fset *token.FileSet, files []*ast.File) ([]*ast.File, error) {
	text, ok := standIns[p.Path]
	if !ok {
		return files, nil
	}
	f, err := parser.ParseFile(fset, p.Path+"/goray.go", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("stand-in for %s: %w", p.Path, err)
	}
	missing := map[string]bool{}
	for _, file := range files {
		file.Decls = slices.DeleteFunc(file.Decls, func(d ast.Decl) bool {
			fd, ok := d.(*ast.FuncDecl)
			if ok && fd.Body == nil {
				missing[fd.Name.Name] = true
			}
			return ok && fd.Body == nil
		})
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fd, ok := d.(*ast.FuncDecl)
		return ok && !missing[fd.Name.Name]
	})
	return append(files, f), nil
}
