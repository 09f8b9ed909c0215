package edit

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// menu is the completion that is going on.
type menu struct {
	items      []Item
	chosen     int // -1 before the first choice
	start, end int // what a choice replaces, in runes
}

// menuRows is how many completions are listed.
const menuRows = 10

// tab inserts what all completions have in common and lists them; pressed again, it goes through
// the list. At the beginning of a line it is a tab.
func (e *Editor) tab(back bool) {
	b := &e.buf
	if len(e.menu.items) > 0 {
		e.choose(back)
		return
	}
	if strings.TrimSpace(string(b.text[b.lineStart():b.at])) == "" {
		if !back {
			b.insert("\t")
		}
		return
	}
	if e.Complete == nil {
		return
	}
	source := b.string()
	start, items := e.Complete(source, len(string(b.text[:b.at])))
	if len(items) == 0 || start < 0 || start > len(source) {
		return
	}
	e.menu = menu{items: items, chosen: -1, start: utf8.RuneCountInString(source[:start]), end: b.at}
	if e.menu.start > b.at {
		e.menu = menu{}
		return
	}
	common := items[0].Text
	for _, item := range items[1:] {
		common = commonPrefix(common, item.Text)
	}
	if utf8.RuneCountInString(common) >= b.at-e.menu.start && common != "" {
		e.menu.replace(b, common)
	}
	if len(items) == 1 {
		e.menu = menu{}
	}
}

func (e *Editor) choose(back bool) {
	m, step := &e.menu, 1
	if back {
		step = -1
		if m.chosen < 0 {
			m.chosen = 0
		}
	}
	m.chosen = (m.chosen + step + len(m.items)) % len(m.items)
	m.replace(&e.buf, m.items[m.chosen].Text)
}

func (m *menu) replace(b *buffer, text string) {
	if string(b.text[m.start:m.end]) == text {
		return
	}
	b.at = m.end
	b.save()
	rest := append([]rune(text), b.text[m.end:]...)
	b.text = append(b.text[:m.start:m.start], rest...)
	m.end = m.start + utf8.RuneCountInString(text)
	b.at = m.end
}

// commonPrefix does not cut a rune.
func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && !utf8.ValidString(a[:n]) {
		n--
	}
	return a[:n]
}

// lines is the list as it is drawn, the chosen one marked, around it what fits.
func (m *menu) lines(columns int, color bool) []string {
	if len(m.items) == 0 {
		return nil
	}
	first := min(max(m.chosen-menuRows/2, 0), max(0, len(m.items)-menuRows))
	shown := m.items[first:min(first+menuRows, len(m.items))]
	width := 0
	for _, item := range shown {
		width = max(width, uniseg.StringWidth(item.Text))
	}
	width = min(width, columns/2)
	paint := func(code, s string) string {
		if !color || s == "" {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
	var out []string
	for i, item := range shown {
		text := cutTo(item.Text, width)
		text += strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
		description := strings.TrimRight(cutTo(item.Description, max(1, columns-1-width-4)), " ")
		if description == "" {
			text = strings.TrimRight(text, " ")
		} else {
			description = "  " + paint("2", description)
		}
		if first+i == m.chosen {
			text = "> " + paint("7", text)
		} else {
			text = "  " + text
		}
		out = append(out, text+description)
	}
	if rest := len(m.items) - len(shown); rest > 0 {
		out = append(out, paint("2", fmt.Sprintf("  … %d more", rest)))
	}
	return out
}

// cutTo shortens s to width columns.
func cutTo(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	var b strings.Builder
	used := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if used+g.Width() > width-1 {
			break
		}
		used += g.Width()
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}
