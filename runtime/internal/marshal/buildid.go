package marshal

// Native programs, whose addresses no other process takes, are built without this file.

import (
	"debug/elf"
	"os"
)

// buildID reads the note of the Go linker; nil when it was stripped.
func buildID(f *os.File) []byte {
	binary, err := elf.NewFile(f)
	if err != nil {
		return nil
	}
	section := binary.Section(".note.go.buildid")
	if section == nil {
		return nil
	}
	note, err := section.Data()
	const header = 16 // lengths, type, and the name "Go"
	if err != nil || len(note) <= header {
		return nil
	}
	return note
}
