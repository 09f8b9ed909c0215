package session

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

func writeFile(_ *Local, _ context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	name, flags := appending(args)
	if name == "" {
		return &MagicError{"%%writefile", "no file named; write %%writefile name.txt"}
	}
	name = os.ExpandEnv(name)
	if body != "" && !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	f, err := os.OpenFile(name, flags, 0o644)
	if err == nil {
		_, err = f.WriteString(body)
		if e := f.Close(); err == nil {
			err = e
		}
	}
	if err != nil {
		return &MagicError{"%%writefile", err.Error()}
	}
	verb := "wrote"
	if flags&os.O_APPEND != 0 {
		verb = "appended to"
	}
	fmt.Println(verb, name)
	return nil
}

func load(_ *Local, _ context.Context, _ engine.Cell, args, _ string, out *Outcome) error {
	b, err := os.ReadFile(args)
	if err != nil {
		return &MagicError{"%load", err.Error()}
	}
	out.NextInput = fmt.Sprintf("// %%load %s\n%s", args, b)
	return nil
}

// runFile runs a file, and its main function if it has one; the lines of errors are the file's. A
// package clause is left out, as cells have none.
func runFile(l *Local, ctx context.Context, cell engine.Cell, args, _ string, out *Outcome) error {
	b, err := os.ReadFile(args)
	if err != nil {
		return &MagicError{"%run", err.Error()}
	}
	source := string(b)
	for line := range strings.Lines(source) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "package ") {
			source = strings.Replace(source, line, "\n", 1)
			break
		} else if text != "" && !strings.HasPrefix(text, "//") {
			break
		}
	}
	cell.Source = source
	l.code(ctx, cell, out)
	if out.Err == nil && mainFunction.MatchString(source) {
		cell.Source = "main()"
		l.code(ctx, cell, out)
	}
	return out.Err
}

var mainFunction = regexp.MustCompile(`(?m)^func main\(\)`)

// remembered is how many cells %history knows.
const remembered = 10_000

// past lists the session's cells.
func past(l *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	cells := l.remembered()
	if args != "" {
		n, err := strconv.Atoi(args)
		if err != nil || n < 0 {
			return &MagicError{"%history", "how many? write %history 10"}
		}
		cells = cells[max(0, len(cells)-n):]
	}
	for _, c := range cells {
		fmt.Printf("In[%d]: %s\n", c.Number, strings.ReplaceAll(strings.TrimSpace(c.Source), "\n", "\n    "))
	}
	return nil
}
