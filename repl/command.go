package repl

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// command is one of the REPL's own commands, which begin with a colon.
type command struct {
	name, arguments, help string
	run                   func(s *shell, argument string) (leave bool, err error)
}

// commands is filled in by init, because :help lists it.
var commands []command

func init() {
	commands = []command{
		{"help", "", "this list", (*shell).help},
		{"vars", "", "the session's variables", (*shell).vars},
		{"doc", "name", "describe a name (also ?name; ??name adds the source)", (*shell).doc},
		{"history", "[n]", "the last n cells (20)", (*shell).showHistory},
		{"load", "file", "run a file of cells (cut at // %%)", (*shell).load},
		{"quit", "", "leave (also Ctrl-D)", func(*shell, string) (bool, error) { return true, nil }},
	}
}

// command runs a line that begins with a colon.
func (s *shell) command(line string) (leave bool, err error) {
	name, argument, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), ":")), " ")
	for _, c := range commands {
		if c.name == name || (name == "q" && c.name == "quit") || (name == "h" && c.name == "help") {
			return c.run(s, strings.TrimSpace(argument))
		}
	}
	return false, fmt.Errorf("no command :%s; :help lists them", name)
}

func (s *shell) help(string) (bool, error) {
	fmt.Fprintln(s.opts.Out, "Go, as in a function body or at package level; the value of a last expression is shown.")
	fmt.Fprintln(s.opts.Out)
	for _, c := range commands {
		fmt.Fprintf(s.opts.Out, "  %-16s %s\n", strings.TrimSpace(":"+c.name+" "+c.arguments), c.help)
	}
	for _, row := range [][2]string{
		{"?name", "describe a name"}, {"!command", "run a shell command"}, {"%help", "the magic commands"},
		{"Tab", "complete"}, {"Ctrl-R", "search the history"}, {"Ctrl-C", "interrupt the cell, or clear the line"}, {"Ctrl-D", "leave"},
		{"two empty lines", "run the input as it is"},
	} {
		fmt.Fprintf(s.opts.Out, "  %-16s %s\n", row[0], row[1])
	}
	return false, nil
}

func (s *shell) vars(string) (bool, error) {
	vars := s.brain.variables()
	if len(vars) == 0 {
		if s.opts.Existing != "" {
			s.run("%who")
			return false, nil
		}
		fmt.Fprintln(s.opts.Out, "no variables yet")
		return false, nil
	}
	slices.SortFunc(vars, func(a, b variable) int { return strings.Compare(a.Name, b.Name) })
	width := 0
	for _, v := range vars {
		width = max(width, len(v.Name))
	}
	for _, v := range vars {
		fmt.Fprintf(s.opts.Out, "%-*s  %s\n", width, v.Name, v.Type)
	}
	return false, nil
}

func (s *shell) doc(name string) (bool, error) {
	if name == "" {
		return false, fmt.Errorf("which name? write :doc strings.Builder")
	}
	s.run("?" + name)
	return false, nil
}

func (s *shell) showHistory(argument string) (bool, error) {
	n := 20
	if argument != "" {
		var err error
		if n, err = strconv.Atoi(argument); err != nil || n < 1 {
			return false, fmt.Errorf("%q is no number of cells; write :history 50", argument)
		}
	}
	items := s.history.items
	for _, item := range items[max(0, len(items)-n):] {
		fmt.Fprintln(s.opts.Out, item)
	}
	return false, nil
}

func (s *shell) load(path string) (bool, error) {
	if path == "" {
		return false, fmt.Errorf("which file? write :load cells.go")
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	source, _ = withoutInterpreter(source)
	defer func(old string) { s.path = old }(s.path)
	s.path = path
	for _, cell := range splitScript(string(source)) {
		if !s.run(cell) {
			break
		}
	}
	return false, nil
}
