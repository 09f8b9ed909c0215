package rayworker

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
)

// The places of fields in the header of a 64-bit ELF file, and of a section.
const (
	elfSections     = 0x28
	elfSectionCount = 0x3c
	elfNamesIndex   = 0x3e
	elfSectionSize  = 64
	sectionOffset   = 0x18
	sectionSize     = 0x20
	sectionLink     = 0x28
	sectionInfo     = 0x2c
)

// errNotELF means that a program is not of the form that strip knows.
var errNotELF = errors.New("not a 64-bit little-endian ELF program")

// strip copies a program without what only debuggers read: what is loaded stays where it is, and so
// do the descriptions of loaded sections, by which programs find their build id.
func strip(program io.ReaderAt, to io.Writer) error {
	f, err := elf.NewFile(program)
	if err != nil {
		return err
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return errNotELF
	}
	le := binary.LittleEndian
	var header [64]byte
	if _, err := program.ReadAt(header[:], 0); err != nil {
		return err
	}
	end := uint64(0)
	for _, p := range f.Progs {
		end = max(end, p.Off+p.Filesz)
	}
	namesAt := int(le.Uint16(header[elfNamesIndex:]))
	if namesAt >= len(f.Sections) || end == 0 {
		return errNotELF
	}
	names, err := f.Sections[namesAt].Data()
	if err != nil {
		return err
	}
	index := map[uint32]uint32{} // of sections, before → after
	var kept []int
	for i, s := range f.Sections {
		if i == 0 || i == namesAt || s.Flags&elf.SHF_ALLOC != 0 {
			index[uint32(i)] = uint32(len(kept))
			kept = append(kept, i)
		}
	}
	table := make([]byte, 0, len(kept)*elfSectionSize)
	from := int64(le.Uint64(header[elfSections:]))
	for _, i := range kept {
		var s [elfSectionSize]byte
		if _, err := program.ReadAt(s[:], from+int64(i)*elfSectionSize); err != nil {
			return err
		}
		if i == namesAt {
			le.PutUint64(s[sectionOffset:], end)
		}
		le.PutUint32(s[sectionLink:], index[le.Uint32(s[sectionLink:])])
		if f.Sections[i].Flags&elf.SHF_INFO_LINK != 0 {
			le.PutUint32(s[sectionInfo:], index[le.Uint32(s[sectionInfo:])])
		}
		table = append(table, s[:]...)
	}
	at := (end + uint64(len(names)) + 7) &^ 7
	le.PutUint64(header[elfSections:], at)
	le.PutUint16(header[elfSectionCount:], uint16(len(kept)))
	le.PutUint16(header[elfNamesIndex:], uint16(index[uint32(namesAt)]))
	gap := make([]byte, at-end-uint64(len(names)))
	_, err = io.Copy(to, io.MultiReader(bytes.NewReader(header[:]), io.NewSectionReader(program, 64, int64(end)-64),
		bytes.NewReader(names), bytes.NewReader(gap), bytes.NewReader(table)))
	return err
}
