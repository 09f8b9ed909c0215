package session

import (
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
	"sync"
)

// partKind says how a part of a cell is run.
type partKind int

const (
	goPart    partKind = iota
	linePart           // %name arguments
	cellPart           // %%name arguments, and the rest of the cell
	shellPart          // !command
	helpPart           // name? or name??
)

// part is a piece of a cell; a cell's parts run one after another.
type part struct {
	kind partKind
	text string // without the mark: "time f(3)", "ls -l"
	body string // of a cellPart
	line int    // number of lines before it
}

// helpForm is compiled when it is needed: every worker process pays for what is done at start.
var helpForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\?{1,2})([\pL_][\pL\pN_.]*)|([\pL_][\pL\pN_.]*)(\?{1,2}))$`)
})

// split finds the parts of a cell. A line is a magic or a shell command only where a Go statement
// could begin: not inside brackets, raw strings or comments, and not after an operator.
func split(source string) []part {
	trimmed := strings.TrimSpace(source)
	if strings.HasPrefix(trimmed, "?") || strings.HasSuffix(trimmed, "?") {
		if m := helpForm().FindStringSubmatch(trimmed); m != nil {
			return []part{{kind: helpPart, text: m[2] + m[3], body: m[1] + m[4]}}
		}
	}
	if rest, ok := strings.CutPrefix(trimmed, "%%"); ok {
		head, body, _ := strings.Cut(rest, "\n")
		at := strings.Count(source[:strings.Index(source, "%%")], "\n") + 1
		return []part{{kind: cellPart, text: strings.TrimSpace(head), body: body, line: at}}
	}
	if !strings.ContainsAny(source, "%!$") {
		return []part{{kind: goPart, text: source}}
	}
	return splitLines(source)
}

func splitLines(source string) []part {
	var parts []part
	var code strings.Builder
	from, n := 0, 0
	flush := func() {
		if strings.TrimSpace(code.String()) != "" {
			parts = append(parts, part{kind: goPart, text: code.String(), line: from})
		}
		code.Reset()
	}
	rest := source
	for rest != "" {
		var line string
		line, rest = cutLine(rest)
		mark := gonbMark(strings.TrimSpace(line))
		if mark != "" && strings.ContainsRune("%!$", rune(mark[0])) && atStatement(code.String()) {
			flush()
			if args, ok := mainBody(mark); ok {
				parts = append(parts, part{kind: cellPart, text: strings.TrimSpace("main " + args), body: rest, line: n + 1})
				return parts
			}
			p := part{kind: linePart, text: strings.TrimSpace(mark[1:]), line: n}
			if mark[0] != '%' {
				p.kind = shellPart
				for strings.HasSuffix(p.text, "\\") && rest != "" { // the shell's line goes on
					line, rest = cutLine(rest)
					p.text += "\n" + strings.TrimRight(line, " \t\r\n")
					n++
				}
			}
			parts = append(parts, p)
			from = n + 1
		} else {
			code.WriteString(line)
		}
		n++
	}
	flush()
	parts = testsLast(parts, source)
	if parts == nil {
		parts = []part{{kind: goPart, text: source}}
	}
	return parts
}

func cutLine(text string) (line, rest string) {
	at := strings.IndexByte(text, '\n') + 1
	if at == 0 {
		at = len(text)
	}
	return text[:at], text[at:]
}

// atStatement reports whether a statement may begin after code.
func atStatement(code string) bool {
	if strings.TrimSpace(code) == "" {
		return true
	}
	if !strings.HasSuffix(code, "\n") {
		code += "\n"
	}
	var s scanner.Scanner
	open := false // a string or comment has no end
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", -1, len(code)), []byte(code), func(_ token.Position, msg string) {
		open = open || strings.Contains(msg, "not terminated")
	}, 0)
	depth, last := 0, token.SEMICOLON
	for {
		_, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return !open && depth <= 0 && last == token.SEMICOLON
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		}
		last = tok
	}
}
