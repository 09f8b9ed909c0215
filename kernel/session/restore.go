package session

import (
	"fmt"
	"strings"
)

// declarations remembers the imports, constants, types and functions of the cells that went well.
// They have no effects, so a new engine can be given them again.
type declarations struct{ cells []declaring }

// declaring is what one cell declares, at its places in the cell.
type declaring struct {
	Number int    `json:"number"`
	Source string `json:"source"`
	Spans  []span `json:"spans"`
}

// maxDeclaring bounds how many cells are remembered; the oldest go first.
const maxDeclaring = 500

// add remembers what a cell declares, and returns that.
func (d *declarations) add(number int, source string, calls ...string) (added []declaring) {
	for _, p := range split(source) {
		if p.kind == goPart {
			source := only(source, span{Start: offsetOfLine(source, p.line), End: offsetOfLine(source, p.line) + len(p.text)})
			if c := (declaring{number, source, declared(source, calls...)}); len(c.Spans) > 0 {
				d.keep(c)
				added = append(added, c)
			}
		}
	}
	return added
}

func (d *declarations) keep(c declaring) {
	if len(d.cells) == maxDeclaring {
		d.cells = d.cells[1:]
	}
	d.cells = append(d.cells[:len(d.cells):len(d.cells)], c)
}

func offsetOfLine(source string, line int) int {
	at := 0
	for range line {
		for at < len(source) && source[at] != '\n' {
			at++
		}
		at++
	}
	return min(at, len(source))
}

// revival is what came back of an image.
type revival struct {
	Restored []string    `json:"restored,omitempty"` // variables
	Kept     []string    `json:"kept,omitempty"`     // variables that stayed as they are
	Lost     []Loss      `json:"lost,omitempty"`
	Cells    []declaring `json:"cells,omitempty"` // what is declared now
	AsOf     int         `json:"as_of,omitempty"` // the cell after which the variables were like this
}

// text says it in sentences.
func (r revival) text() string {
	var b strings.Builder
	if len(r.Restored) > 0 {
		fmt.Fprintf(&b, "\nRestored: %s.", enumerate(r.Restored))
	}
	if len(r.Kept) > 0 {
		fmt.Fprintf(&b, "\nAs they are now: %s.", enumerate(r.Kept))
	}
	if len(r.Lost) > 0 {
		var all []string
		for _, l := range r.Lost {
			all = append(all, l.String())
		}
		fmt.Fprintf(&b, "\nLost: %s.", enumerate(all))
	}
	return b.String()
}

// maxNamed bounds how many names a sentence lists.
const maxNamed = 20

func enumerate(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}

// restore gives a new child the declarations of the old one and its variables. When the child dies
// of it, the next one gets less.
func (s *Supervisor) restore(a *attempt) {
	s.mu.Lock()
	im := image{Cells: s.decls.cells}
	var names []string
	names, s.names = s.names, nil
	if s.image != nil {
		im.Cell, im.Variables = s.image.Cell, s.image.Variables
		if s.image.values != nil {
			where := s.image.values.share()
			im.Shared = &where
		}
	}
	s.mu.Unlock()
	var r revival
	if len(im.Cells)+len(im.Variables) > 0 {
		err := a.peer.call(s.ctx, "rebuild", im, &r)
		s.mu.Lock()
		switch {
		case err == nil:
			s.decls.cells = r.Cells
		case len(im.Variables) > 0:
			s.image, s.names = nil, names
		default:
			s.decls.cells, s.names = nil, names
		}
		s.mu.Unlock()
	}
	r.AsOf = im.Cell
	r.Lost = append(r.Lost, unknown(names, im.Variables)...)
	s.mu.Lock()
	s.revived = r
	s.mu.Unlock()
}

// unknown are the names that an image says nothing about.
func unknown(names []string, known []saved) (lost []Loss) {
	seen := map[string]bool{}
	for _, v := range known {
		seen[v.Name] = true
	}
	for _, n := range names {
		if !seen[n] {
			why := ""
			if len(known) > 0 {
				why = "it is newer than the last snapshot"
			}
			lost = append(lost, Loss{n, why})
		}
	}
	return lost
}
