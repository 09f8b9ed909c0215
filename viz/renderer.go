package viz

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Renderer is a value that knows how to show itself.
//
// MIMEBundle maps MIME types to content: a string for text types and for image/svg+xml, []byte
// for other images. "text/plain" is always present.
type Renderer interface {
	MIMEBundle() map[string]any
}

// Sized is a Renderer whose text form can be fitted to a terminal. The text/plain form of its
// bundle is Text(80), or of what SetColumns says.
type Sized interface {
	Renderer
	Text(width int) string
}

// The MIME types used here.
const (
	mimeText = "text/plain"
	mimeHTML = "text/html"
	mimeSVG  = "image/svg+xml"
	mimePNG  = "image/png"
)

// defaultColumns is the width of text forms where nobody says otherwise.
const defaultColumns = 80

var textColumnsNow atomic.Int64

// SetColumns says how wide the text/plain form of bundles is from now on; 0 means 80. A terminal
// session sets it; a notebook leaves it alone.
func SetColumns(columns int) { textColumnsNow.Store(int64(max(columns, 0))) }

func columnsNow() int {
	if n := textColumnsNow.Load(); n > 0 {
		return int(n)
	}
	return defaultColumns
}

type note string

// Note renders a line or a paragraph of plain text.
func Note(text string) Renderer { return note(text) }

func (n note) MIMEBundle() map[string]any { return map[string]any{mimeText: string(n)} }

// bundleOf renders r. A Renderer that panics costs its output, not the program: rendering may
// happen on a timer, where nobody could recover.
func bundleOf(r Renderer) (bundle map[string]any) {
	defer func() {
		if p := recover(); p != nil {
			bundle = map[string]any{mimeText: fmt.Sprintf("viz: %T panicked while rendering: %v", r, p)}
		}
	}()
	if r == nil {
		return map[string]any{mimeText: ""}
	}
	return r.MIMEBundle()
}

// clean makes s fit for one line of a picture: no control characters, which XML forbids, no line
// breaks, valid UTF-8.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == 0xFFFE || r == 0xFFFF:
			return -1
		}
		return r
	}, s))
}
