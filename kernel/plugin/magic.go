package plugin

// Magician is a Plugin with magic commands of its own.
type Magician interface {
	Magics() []Magic
}

// Magic is a command of a cell: "%name arguments", or "%%name arguments" above a body.
type Magic struct {
	Name        string // with its percent signs
	Usage, Help string // for %help
	// Run carries it out. run executes Go as a part of the cell; the first source keeps its place
	// in the cell when it is the body.
	Run func(run func(source string) error, args, body string) error
}
