package codec

// Native programs, which speak for the program that they belong to, are built without this file.

import (
	"debug/elf"
	"fmt"
	"os"
	"strings"
)

// linkedID is the identifier that the go command puts into a program, a hash of all that it was
// made of and of the result, together with the size of what is loaded; "" where it is missing or was removed.
func linkedID(f *os.File) string {
	e, err := elf.NewFile(f)
	if err != nil {
		return "" // another format
	}
	section := e.Section(".note.go.buildid")
	if section == nil {
		return ""
	}
	loaded := uint64(0) // what a stripped program has, too
	for _, p := range e.Progs {
		if p.Type == elf.PT_LOAD {
			loaded += p.Filesz
		}
	}
	note, err := section.Data()
	const header = 16 // three lengths and "Go"
	if err != nil || len(note) < header {
		return ""
	}
	id := strings.TrimRight(string(note[header:]), "\x00")
	if strings.Count(id, "/") != 3 { // what the go command writes has four parts
		return ""
	}
	return fmt.Sprintf("%s %d", id, loaded)
}
