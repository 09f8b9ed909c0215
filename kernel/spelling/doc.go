// Package spelling finds what somebody may have meant who wrote a name that does not exist: for the "did
// you mean" of errors, wherever they come from.
//
//	spelling.Nearest("lenght", []string{"length", "width"}) // "length"
//
// Names are compared without regard to case, by the letters to insert, delete, replace or exchange with
// their neighbour; of a name of four letters, two may be wrong, of a longer one more.
package spelling
