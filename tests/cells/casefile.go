package cells

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

// caseFile is a parsed case.
type caseFile struct {
	comment string
	cells   []cellCase
	program *string // nil: not plain Go
}

// cellCase is a cell and what it showed, by the name of the section.
type cellCase struct {
	Source string
	Shown  map[string]string
}

// shownSections are the sections after a cell, in the order in which they are written.
var shownSections = []string{"stdout", "stderr", "display", "text/plain", "error"}

func parseCase(data []byte) (*caseFile, error) {
	archive := txtar.Parse(data)
	c := &caseFile{comment: string(archive.Comment)}
	for _, f := range archive.Files {
		text := string(f.Data)
		switch f.Name {
		case "cell":
			c.cells = append(c.cells, cellCase{Source: text, Shown: map[string]string{}})
		case "go":
			c.program = &text
		case "stdout", "stderr", "display", "text/plain", "error":
			if len(c.cells) == 0 {
				return nil, fmt.Errorf("section %q comes before the first cell", f.Name)
			}
			c.cells[len(c.cells)-1].Shown[f.Name] = text
		default:
			return nil, fmt.Errorf("unknown section %q; known are cell, go, %s", f.Name, strings.Join(shownSections, ", "))
		}
	}
	if len(c.cells) == 0 {
		return nil, fmt.Errorf("no cell")
	}
	return c, nil
}

// line ends s as a section of the file ends: whether the last line break is missing, these tests
// do not notice.
func line(s string) string {
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return s
}

func (c *caseFile) format() []byte {
	archive := &txtar.Archive{Comment: []byte(c.comment)}
	for _, cell := range c.cells {
		archive.Files = append(archive.Files, txtar.File{Name: "cell", Data: []byte(cell.Source)})
		for _, name := range shownSections {
			if text := cell.Shown[name]; text != "" {
				archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
			}
		}
	}
	if c.program != nil {
		archive.Files = append(archive.Files, txtar.File{Name: "go", Data: []byte(*c.program)})
	}
	return txtar.Format(archive)
}

// stdout is what all cells print.
func (c *caseFile) stdout() string {
	var b strings.Builder
	for _, cell := range c.cells {
		b.WriteString(cell.Shown["stdout"])
	}
	return b.String()
}
