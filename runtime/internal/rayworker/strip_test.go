package rayworker

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What is loaded is the same, byte for byte, and can be found as before; what debuggers read is gone.
func TestStripKeepsWhatIsLoaded(t *testing.T) {
	t.Run("this test", func(t *testing.T) { keepsWhatIsLoaded(t, "/proc/self/exe") })
	t.Run("a program with symbols", func(t *testing.T) {
		path, err := exec.LookPath("go") // which has them, unlike tests
		if err != nil {
			t.Skip("there is no go command")
		}
		keepsWhatIsLoaded(t, path)
	})
}

func keepsWhatIsLoaded(t *testing.T, path string) {
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := strip(bytes.NewReader(program), &out); err != nil {
		t.Fatal(err)
	}
	before, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	after, err := elf.NewFile(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Progs) != len(before.Progs) || after.Entry != before.Entry {
		t.Fatalf("%d segments from %#x, want %d from %#x", len(after.Progs), after.Entry, len(before.Progs), before.Entry)
	}
	for i, p := range before.Progs {
		q := after.Progs[i]
		from, to := p.Off, p.Off+p.Filesz
		if q.ProgHeader != p.ProgHeader {
			t.Errorf("segment %d is %+v, was %+v", i, q.ProgHeader, p.ProgHeader)
		}
		// The file's header lies in the first segment; it names the place of the sections.
		from = max(from, 64)
		if from < to && !bytes.Equal(out.Bytes()[from:to], program[from:to]) {
			t.Errorf("segment %d has other bytes", i)
		}
	}
	if before.Section(".symtab") != nil && out.Len() >= len(program) {
		t.Errorf("%d bytes became %d", len(program), out.Len())
	}
	loaded := 0
	for _, s := range before.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		loaded++
		if kept := after.Section(s.Name); kept == nil || kept.Addr != s.Addr || kept.Size != s.Size {
			t.Errorf("section %s is %+v", s.Name, kept)
		}
	}
	if loaded == 0 || after.Section(".symtab") != nil {
		t.Errorf("%d sections are loaded; .symtab is %v", loaded, after.Section(".symtab"))
	}
	for _, s := range after.Sections {
		if strings.HasPrefix(s.Name, ".debug_") || strings.HasPrefix(s.Name, ".zdebug_") {
			t.Errorf("%s is still there", s.Name)
		}
	}
}

func TestStripRefusesWhatItDoesNotKnow(t *testing.T) {
	if err := strip(strings.NewReader("#!/bin/sh\n"), new(bytes.Buffer)); err == nil {
		t.Error("a script was stripped")
	}
	small := make([]byte, 64) // of a 32-bit program
	copy(small, "\x7fELF\x01\x01\x01")
	small[16], small[18], small[20], small[40], small[46] = 2, 3, 1, 52, 40
	if err := strip(bytes.NewReader(small), new(bytes.Buffer)); !errors.Is(err, errNotELF) {
		t.Errorf("a 32-bit program: %v", err)
	}
}
