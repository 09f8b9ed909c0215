package edit

import (
	"slices"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// buffer is the text under edit and the cursor in it, counted in runes.
type buffer struct {
	text   []rune
	at     int
	killed []rune // what Ctrl-Y brings back
	undo   []state
}

type state struct {
	text []rune
	at   int
}

func (b *buffer) string() string { return string(b.text) }

func (b *buffer) set(s string) {
	b.text = []rune(s)
	b.at = len(b.text)
}

// save remembers the state before a change.
func (b *buffer) save() {
	const most = 200
	b.undo = append(b.undo, state{slices.Clone(b.text), b.at})
	if len(b.undo) > most {
		b.undo = b.undo[1:]
	}
}

func (b *buffer) undoLast() {
	if n := len(b.undo); n > 0 {
		b.text, b.at = b.undo[n-1].text, b.undo[n-1].at
		b.undo = b.undo[:n-1]
	}
}

func (b *buffer) insert(s string) {
	b.save()
	b.text = slices.Insert(b.text, b.at, []rune(s)...)
	b.at += len([]rune(s))
}

// cut removes [from, to); kill keeps it for Ctrl-Y.
func (b *buffer) cut(from, to int, kill bool) {
	from, to = max(from, 0), min(to, len(b.text))
	if from >= to {
		return
	}
	b.save()
	if kill {
		b.killed = slices.Clone(b.text[from:to])
	}
	b.text = slices.Delete(b.text, from, to)
	b.at = from
}

// before and after are the positions one character, as people see it, beside the cursor.
func (b *buffer) before() int {
	last, at := 0, 0
	for g := uniseg.NewGraphemes(string(b.text)); g.Next() && at < b.at; {
		last, at = at, at+len(g.Runes())
	}
	return last
}

func (b *buffer) after() int {
	at := 0
	for g := uniseg.NewGraphemes(string(b.text)); at <= b.at && g.Next(); {
		at += len(g.Runes())
	}
	return at
}

// lineStart and lineEnd are the limits of the line with the cursor.
func (b *buffer) lineStart() int {
	i := b.at
	for i > 0 && b.text[i-1] != '\n' {
		i--
	}
	return i
}

func (b *buffer) lineEnd() int {
	i := b.at
	for i < len(b.text) && b.text[i] != '\n' {
		i++
	}
	return i
}

func (b *buffer) firstLine() bool { return b.lineStart() == 0 }
func (b *buffer) lastLine() bool  { return b.lineEnd() == len(b.text) }

// vertical moves the cursor one line up or down, to the same column if there is one.
func (b *buffer) vertical(down bool) {
	column := b.at - b.lineStart()
	if down {
		b.at = min(b.lineEnd()+1, len(b.text))
	} else {
		b.at = max(b.lineStart()-1, 0)
	}
	b.at = min(b.lineStart()+column, b.lineEnd())
}

func word(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordLeft and wordRight are the limits of the words beside the cursor.
func (b *buffer) wordLeft() int {
	i := b.at
	for i > 0 && !word(b.text[i-1]) {
		i--
	}
	for i > 0 && word(b.text[i-1]) {
		i--
	}
	return i
}

func (b *buffer) wordRight() int {
	i := b.at
	for i < len(b.text) && !word(b.text[i]) {
		i++
	}
	for i < len(b.text) && word(b.text[i]) {
		i++
	}
	return i
}

// indent is the white space with which the next line begins: that of this line, and a tab more
// after an opening bracket.
func (b *buffer) indent() string {
	line := string(b.text[b.lineStart():b.at])
	space := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if trimmed := strings.TrimSpace(line); trimmed != "" && strings.ContainsRune("{([", rune(trimmed[len(trimmed)-1])) {
		space += "\t"
	}
	return space
}

// dedent takes back a tab before a closing bracket at the beginning of a line.
func (b *buffer) dedent() {
	start := b.lineStart()
	if start < b.at && strings.TrimSpace(string(b.text[start:b.at])) == "" && b.text[b.at-1] == '\t' {
		b.cut(b.at-1, b.at, false)
	}
}
