package session

// declarations remembers the imports, constants, types and functions of what ran. They have no
// effects, so a new engine can be given them again.
type declarations struct{ cells []declaring }

// declaring is what one source declares, at its places there.
type declaring struct {
	Number int    `json:"number"` // of the cell
	Source string `json:"source"`
	Spans  []span `json:"spans"`
}

// maxDeclaring bounds how many are remembered; the oldest go first.
const maxDeclaring = 500

// keep adds one; the images that share the list so far do not see it.
func (d *declarations) keep(c declaring) {
	if len(d.cells) == maxDeclaring {
		d.cells = d.cells[1:]
	}
	d.cells = append(d.cells[:len(d.cells):len(d.cells)], c)
}
