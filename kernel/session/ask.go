package session

import (
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goray/goray/kernel/engine"
)

// Complete lists completions at cursor, a byte offset; magics too.
func (l *Local) Complete(source string, cursor int) engine.Completions {
	cursor = clamp(source, cursor)
	start := strings.LastIndexByte(source[:cursor], '\n') + 1
	if line := strings.TrimLeft(source[start:cursor], " \t"); strings.HasPrefix(line, "%") && !strings.Contains(line, " ") && atStatement(mask(source[:start])) {
		return completeMagic(line, cursor)
	}
	c, err := guard(func() (engine.Completions, error) { return l.Engine().Complete(mask(source), cursor), nil })
	if err != nil {
		return engine.Completions{Start: cursor, End: cursor}
	}
	return c
}

func completeMagic(prefix string, cursor int) engine.Completions {
	c := engine.Completions{Start: cursor - len(prefix), End: cursor}
	for _, name := range Magics() {
		if strings.HasPrefix(name, prefix) {
			c.Items = append(c.Items, engine.Completion{Text: name, Kind: "magic"})
		}
	}
	return c
}

// Inspect describes what is at cursor, a byte offset.
func (l *Local) Inspect(source string, cursor, detail int) (engine.Inspection, bool) {
	ok := false
	in, err := guard(func() (in engine.Inspection, err error) {
		in, ok = l.Engine().Inspect(mask(source), clamp(source, cursor), detail)
		return in, nil
	})
	return in, ok && err == nil
}

// IsComplete says whether source can be run as it is.
func (l *Local) IsComplete(source string) (engine.Completeness, string) {
	parts := split(source)
	if strings.TrimSpace(source) == "" || parts[0].kind == cellPart || parts[0].kind == helpPart || !slices.ContainsFunc(parts, func(p part) bool { return p.kind == goPart }) {
		return engine.Complete, ""
	}
	indent := ""
	status, err := guard(func() (s engine.Completeness, err error) {
		s, indent = l.Engine().IsComplete(mask(source))
		return s, nil
	})
	if err != nil {
		return engine.Unknown, ""
	}
	return status, indent
}

// clamp moves an offset into source, to the start of a rune.
func clamp(source string, at int) int {
	at = min(max(at, 0), len(source))
	for at > 0 && at < len(source) && !utf8.RuneStart(source[at]) {
		at--
	}
	return at
}

// mask blanks out what is not Go, so that offsets stay.
func mask(source string) string {
	if !strings.ContainsAny(source, "%!$?") {
		return source
	}
	lines := slices.Collect(strings.Lines(source))
	for _, p := range split(source) {
		switch p.kind {
		case linePart, shellPart:
			for i := range strings.Count(p.text, "\n") + 1 {
				lines[p.line+i] = blank(lines[p.line+i])
			}
		case cellPart:
			lines[p.line-1] = blank(lines[p.line-1])
		}
	}
	masked := strings.Join(lines, "")
	if name := strings.Trim(strings.TrimSpace(source), "?"); token.IsIdentifier(name) {
		masked = strings.ReplaceAll(masked, "?", " ")
	}
	return masked
}

func blank(line string) string {
	text := strings.TrimRight(line, "\n")
	return strings.Repeat(" ", len(text)) + line[len(text):]
}
