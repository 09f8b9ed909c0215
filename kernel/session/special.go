package session

import (
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// Packages are what cells of a session with these plugins can import, besides the standard library.
func Packages(plugins []plugin.Plugin) []engine.Package {
	packages := []engine.Package{displayPackage()}
	for _, p := range plugins {
		packages = append(packages, p.Packages()...)
	}
	return packages
}

// FirstSpecial finds the first line of a cell that is no Go, as it was written, and its number from
// 1: a magic, a shell command or a question. ok is false for a cell that is Go alone.
func FirstSpecial(source string) (text string, line int, ok bool) {
	marks := map[partKind]string{linePart: "%", cellPart: "%%", shellPart: "!", helpPart: "?"}
	for _, p := range split(source) {
		mark, special := marks[p.kind]
		if !special {
			continue
		}
		line = p.line + 1
		if p.kind == cellPart {
			line = p.line // which counts the line of the mark too
		}
		first, _, _ := strings.Cut(p.text, "\n")
		return mark + first, line, true
	}
	return "", 0, false
}
