package session

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/spelling"
)

// MagicError is what a magic command has to complain about.
type MagicError struct{ Magic, Message string }

func (e *MagicError) Error() string { return e.Magic + ": " + translate(e.Message) }

// ErrorName is Jupyter's ename.
func (e *MagicError) ErrorName() string { return "MagicError" }

// magic is one command; args is the rest of its line, body what follows a cell magic.
type magic struct {
	usage, help string
	run         func(l *Local, ctx context.Context, cell engine.Cell, args, body string, out *Outcome) error
}

// lineMagics and cellMagics are filled in by init, because %help lists them.
var lineMagics, cellMagics map[string]magic

func init() {
	lineMagics = map[string]magic{
		"about":      {"%about", "versions, process, memory, uptime", about},
		"checkpoint": {"%checkpoint [name]", "write variables and declarations to a file, for %restore", checkpointMagic},
		"cd":         {"%cd [directory]", "change the working directory (home without an argument)", changeDir},
		"env":        {"%env [NAME[=VALUE]]", "list, show or set environment variables", environment},
		"help":       {"%help", "this list", help},
		"history":    {"%history [n]", "the cells of this session, or the last n", past},
		"load":       {"%load file.go", "propose the file as the next cell", load},
		"restore":    {"%restore [name]", "go to a checkpoint; without a name, list them", restoreMagic},
		"reset":      {"%reset", "forget all variables, declarations and the Ray session", reset},
		"run":        {"%run file.go", "run a file as if it were this cell", runFile},
		"time":       {"%time code", "run one line of Go and say how long it took", timeLine},
		"timeit":     {"%timeit code", "run one line of Go often, and say how long it takes", timeOften},
		"undo":       {"%undo", "go back to variables and declarations before the last cell", undo},
		"who":        {"%who", "the session's variables", who},
	}
	cellMagics = map[string]magic{
		"bash":      {"%%bash", "run the cell with bash", bash},
		"html":      {"%%html", "show the cell as HTML", showAs(display.HTML)},
		"latex":     {"%%latex", "show the cell as LaTeX", showAs(display.Latex)},
		"markdown":  {"%%markdown", "show the cell as Markdown", showAs(display.Markdown)},
		"sh":        {"%%sh", "run the cell with sh", shell},
		"svg":       {"%%svg", "show the cell as a drawing", showAs(display.SVG)},
		"time":      {"%%time", "run the cell and say how long it took", timeCell},
		"writefile": {"%%writefile [-a] file", "write the cell to a file (-a: append)", writeFile},
	}
}

// Magics lists the magic commands, as "%name" and "%%name", for completion.
func Magics() []string {
	var names []string
	for name := range lineMagics {
		names = append(names, "%"+name)
	}
	for name := range cellMagics {
		if name != "" {
			names = append(names, "%%"+name)
		}
	}
	slices.Sort(names)
	return names
}

// part runs one part of a cell.
func (l *Local) part(ctx context.Context, cell engine.Cell, p part, out *Outcome) {
	switch p.kind {
	case goPart:
		cell.Source = strings.Repeat("\n", p.line) + p.text // errors count lines of the whole cell
		l.program(ctx, cell, out)
	case helpPart:
		out.Err = l.describe(p.text, p.body == "??", out)
	case shellPart:
		out.Err = l.command(ctx, p.text)
	case linePart:
		out.Err = l.magic(ctx, cell, "%", lineMagics, p, out)
	case cellPart:
		out.Err = l.magic(ctx, cell, "%%", cellMagics, p, out)
	}
}

func (l *Local) magic(ctx context.Context, cell engine.Cell, mark string, known map[string]magic, p part, out *Outcome) error {
	name, args, _ := strings.Cut(p.text, " ")
	m, ok := known[name]
	if !ok {
		m, ok = l.pluginMagic(mark + name)
	}
	if !ok {
		return &MagicError{mark + name, unknownMagic(mark, name)}
	}
	cell.Source = strings.Repeat("\n", p.line)
	return m.run(l, ctx, cell, strings.TrimSpace(args), p.body, out)
}

func unknownMagic(mark, name string) string {
	other := map[string]map[string]magic{"%": cellMagics, "%%": lineMagics}[mark]
	if _, ok := other[name]; ok && mark == "%" {
		return fmt.Sprintf("no such magic for a line; write %%%%%s as the first line of a cell", name)
	} else if ok {
		return fmt.Sprintf("no such magic for a cell; write %%%s", name)
	}
	known := lineMagics
	if mark == "%%" {
		known = cellMagics
	}
	best := spelling.Nearest(name, slices.Sorted(maps.Keys(known)))
	if best == "" {
		return "no such magic; %help lists them"
	}
	return fmt.Sprintf("no such magic; did you mean %s%s? (%%help lists them)", mark, best)
}
