package repl

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminal is what we know about where we are.
type terminal struct {
	input  bool // standard input is a terminal
	output bool // standard output is one
	escape bool // it understands cursor movement
	color  bool
	images imageProtocol
	file   *os.File // of the output; nil when it is no file
}

// lookAround finds out about the terminal. NO_COLOR, TERM=dumb and pipes are obeyed.
func lookAround(in io.Reader, out io.Writer, getenv func(string) string) terminal {
	var t terminal
	if f, ok := in.(*os.File); ok {
		t.input = term.IsTerminal(int(f.Fd()))
	}
	if f, ok := out.(*os.File); ok {
		t.output, t.file = term.IsTerminal(int(f.Fd())), f
	}
	name := getenv("TERM")
	t.escape = t.output && name != "" && name != "dumb"
	t.color = t.escape && getenv("NO_COLOR") == ""
	if t.escape {
		t.images = imagesOf(getenv)
	}
	return t
}

// columns is the width of the terminal, 80 where there is none.
func (t terminal) columns() int {
	if t.file != nil {
		if width, _, err := term.GetSize(int(t.file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}

// paint colours text where the terminal shows colours; code is an SGR parameter.
func (t terminal) paint(code, s string) string {
	if !t.color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// lineBreak ends s with one line break.
func lineBreak(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}
