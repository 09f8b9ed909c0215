package edit

import (
	"errors"
	"io"
	"strings"
)

// ErrCleared is returned by Read when Ctrl-C threw the input away.
var ErrCleared = errors.New("cleared")

// History is earlier input, oldest first.
type History interface {
	Len() int
	At(i int) string
}

// Item is one completion.
type Item struct{ Text, Description string }

// Editor reads cells. In and Out are required; every function may be nil.
type Editor struct {
	In  io.Reader
	Out io.Writer
	// Raw makes the terminal hand over every key; restore undoes that.
	Raw func() (restore func(), err error)
	// Size is that of the terminal; nil means 80 × 24.
	Size func() (columns, rows int)

	Prompt, More string // of the first and of the other lines; may hold SGR sequences
	Highlight    func(source string) string
	Color        bool // the list of completions may be coloured
	// Ready says whether Enter runs the text (which ends in a line break) or begins a line.
	Ready    func(source string) bool
	Complete func(source string, cursor int) (start int, items []Item) // byte offsets
	History  History

	keys   keys
	buf    buffer
	screen renderer
	menu   menu
	search *search
	item   int    // of the history; Len for the text that is being written
	draft  string // that text
}

const (
	pasteOn  = "\x1b[?2004h"
	pasteOff = "\x1b[?2004l"
)

// Read edits one cell.
func (e *Editor) Read() (cell string, err error) {
	if e.Raw != nil {
		restore, err := e.Raw()
		if err != nil {
			return "", err
		}
		defer restore()
	}
	io.WriteString(e.Out, pasteOn)
	defer io.WriteString(e.Out, pasteOff)
	e.keys.in = e.In
	e.buf, e.screen, e.menu, e.search, e.draft = buffer{killed: e.buf.killed}, renderer{}, menu{}, nil, ""
	e.item = e.historyLen()
	for {
		if len(e.keys.buf) == 0 { // while more is waiting, drawing would be for nobody
			e.draw()
		}
		k, err := e.keys.next()
		if err != nil {
			e.finish("")
			return "", err
		}
		done, err := e.press(k)
		if done || err != nil {
			return e.buf.string(), err
		}
	}
}

// press does what a key says; done means that the cell is complete.
func (e *Editor) press(k key) (done bool, err error) {
	if e.search != nil && e.searchKey(k) {
		return false, nil
	}
	if k.name != "tab" && k.name != "shift-tab" {
		e.menu = menu{}
	}
	b := &e.buf
	switch k.name {
	case "enter":
		if e.Ready == nil || e.Ready(b.string()+"\n") {
			e.finish("")
			return true, nil
		}
		b.insert("\n" + b.indent())
	case "ctrl-c":
		e.finish("^C")
		return true, ErrCleared
	case "ctrl-d":
		if len(b.text) == 0 {
			e.finish("")
			return true, io.EOF
		}
		b.cut(b.at, b.after(), false)
	case "text":
		if strings.ContainsAny(k.text, "})]") {
			b.dedent()
		}
		b.insert(k.text)
	case "paste":
		b.insert(k.text)
	case "tab", "shift-tab":
		e.tab(k.name == "shift-tab")
	case "ctrl-r":
		e.startSearch()
	case "up", "ctrl-p":
		e.vertical(false)
	case "down", "ctrl-n":
		e.vertical(true)
	case "ctrl-l":
		io.WriteString(e.Out, "\x1b[H\x1b[2J")
		e.screen = renderer{}
	default:
		e.edit(k.name)
	}
	return false, nil
}

// edit does the keys that only move in the text or change it.
func (e *Editor) edit(name string) {
	b := &e.buf
	switch name {
	case "left", "ctrl-b":
		b.at = b.before()
	case "right", "ctrl-f":
		b.at = b.after()
	case "home", "ctrl-a":
		b.at = b.lineStart()
	case "end", "ctrl-e":
		b.at = b.lineEnd()
	case "alt-b":
		b.at = b.wordLeft()
	case "alt-f":
		b.at = b.wordRight()
	case "alt-<":
		b.at = 0
	case "alt->":
		b.at = len(b.text)
	case "backspace":
		b.cut(b.before(), b.at, false)
	case "delete":
		b.cut(b.at, b.after(), false)
	case "ctrl-k":
		b.cut(b.at, max(b.lineEnd(), b.at+1), true)
	case "ctrl-u":
		b.cut(b.lineStart(), b.at, true)
	case "ctrl-w", "alt-backspace":
		b.cut(b.wordLeft(), b.at, true)
	case "alt-d":
		b.cut(b.at, b.wordRight(), true)
	case "ctrl-y":
		b.insert(string(b.killed))
	case "ctrl-_":
		b.undoLast()
	case "alt-enter":
		b.insert("\n" + b.indent())
	}
}

// vertical moves between lines, and from the first and the last line into the history.
func (e *Editor) vertical(down bool) {
	if down && !e.buf.lastLine() || !down && !e.buf.firstLine() {
		e.buf.vertical(down)
		return
	}
	to := e.item - 1
	if down {
		to = e.item + 1
	}
	if to < 0 || to > e.historyLen() {
		return
	}
	if e.item == e.historyLen() {
		e.draft = e.buf.string()
	}
	e.item = to
	if to == e.historyLen() {
		e.buf.set(e.draft)
	} else {
		e.buf.set(e.History.At(to))
	}
}

func (e *Editor) historyLen() int {
	if e.History == nil {
		return 0
	}
	return e.History.Len()
}

// draw shows the present state.
func (e *Editor) draw() {
	columns, rows := 80, 24
	if e.Size != nil {
		columns, rows = e.Size()
	}
	prompt, source := e.Prompt, e.buf.string()
	if e.search != nil {
		prompt = "search " + e.search.query + ": "
	}
	if e.Highlight != nil {
		source = e.Highlight(source)
	}
	p := layout(prompt, e.More, source, e.buf.at, columns)
	e.screen.draw(e.Out, p, e.menu.lines(columns, e.Color), columns, rows)
}

// finish leaves the text as it is and goes to the line below.
func (e *Editor) finish(mark string) {
	e.menu, e.search = menu{}, nil
	e.buf.at = len(e.buf.text)
	e.draw()
	io.WriteString(e.Out, mark+"\r\n")
}
