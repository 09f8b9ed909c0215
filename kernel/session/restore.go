package session

// declarations remembers the imports, constants, types and functions of the cells that went well.
// They have no effects, so a new child can be given them again.
type declarations struct{ cells []declaring }

// declaring is what one cell declares, at its places in the cell.
type declaring struct {
	number int
	source string
	spans  []span
}

// maxDeclaring bounds how many cells are remembered; the oldest go first.
const maxDeclaring = 500

func (d *declarations) add(number int, source string) {
	for _, p := range split(source) {
		if p.kind == goPart {
			source := only(source, span{offsetOfLine(source, p.line), offsetOfLine(source, p.line) + len(p.text)})
			d.keep(declaring{number, source, declared(source)})
		}
	}
}

func (d *declarations) keep(c declaring) {
	if len(c.spans) == 0 {
		return
	}
	if len(d.cells) == maxDeclaring {
		d.cells = d.cells[1:]
	}
	d.cells = append(d.cells, c)
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

// restore gives a new child the declarations of the old one. What does not compile any more,
// because it needs a variable, is dropped; so is a cell at which the child dies.
func (s *Supervisor) restore(a *attempt) {
	s.mu.Lock()
	cells := s.decls.cells
	s.decls.cells = nil
	s.mu.Unlock()
	for i, c := range cells {
		ok, err := s.declare(a, c)
		if err == nil && !ok && len(c.spans) > 1 { // some of them may do without the others
			var kept []span
			for _, one := range c.spans {
				if ok, err = s.declare(a, declaring{c.number, c.source, []span{one}}); ok {
					kept = append(kept, one)
				}
			}
			c.spans, ok = kept, true
		}
		s.mu.Lock()
		if ok {
			s.decls.keep(c)
		}
		if err != nil {
			s.decls.cells = append(s.decls.cells, cells[i+1:]...)
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *Supervisor) declare(a *attempt, c declaring) (ok bool, err error) {
	var f Finished
	err = a.peer.call(s.ctx, "execute", Request{Number: c.number, Source: only(c.source, c.spans...)}, &f)
	return err == nil && f.Failure == nil, err
}
