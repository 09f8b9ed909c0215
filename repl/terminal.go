package repl

import (
	"image/color"
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
	file   *os.File // of the output; nil when it is no file

	images     imageProtocol
	sure       bool        // the environment says which images
	background color.Color // nil: unknown
	ahead      []byte      // what was typed before the line editor reads
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
		t.images, t.sure = imagesOf(getenv)
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

// pixels is the size of the terminal, with cells of 8 by 16 where it does not say. The last row is
// left for the prompt.
func (t terminal) pixels() (width, height int) {
	columns, rows := 80, 24
	if t.file != nil {
		if w, h, err := term.GetSize(int(t.file.Fd())); err == nil && w > 0 && h > 0 {
			columns, rows = w, h
		}
		width, height = pixelSize(t.file)
	}
	if width <= 0 || height <= 0 {
		width, height = columns*8, rows*16
	}
	return width, max(1, height-2*height/rows)
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
