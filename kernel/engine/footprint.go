package engine

// Footprint is what a cell has to do with the names of the session, as its source says. What the
// functions do that it calls is not in it.
type Footprint struct {
	Declares []string // variables, functions, types and constants
	Uses     []string // of earlier cells, also in the bodies of functions
	Assigns  []string // variables of earlier cells that its statements assign to, or take the address of
}
