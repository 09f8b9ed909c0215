package session

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// The cells of GoNB: "%%" in the middle of a cell makes the rest the body of main, arguments after
// it are the program's, and a cell that is a program is run.

func init() {
	for name, m := range map[string]magic{
		"args":          {"%args …", "the arguments (os.Args) of the main function in this cell", setArguments},
		"autoget":       {"%autoget", "GoNB: packages are fetched when they are imported, always", said("packages are fetched when a cell imports them")},
		"capture":       {"%capture [-a] file", "copy what this cell prints and shows to a file (-a: append)", capture},
		"exec":          {"%exec function [arguments]", "parse the flags and call a function of the session", callFunction},
		"go111module":   {"%go111module on|off", "gophernotes: modules are always on", said("modules are always on; there is nothing to switch")},
		"goflags":       {"%goflags [flags]", "GoNB: flags of go build; kept and shown, but cells are not built", goFlags},
		"goworkfix":     {"%goworkfix", "GoNB: a go.work file is respected as it is", said("a go.work file around the notebook is respected as it is; nothing needs to be fixed")},
		"list":          {"%list", "what the session's cells have declared (also %ls)", listDeclared},
		"ls":            {"%ls", "what the session's cells have declared", listDeclared},
		"pip":           {"%pip …", "why nothing needs to be installed (also %conda)", said(nothingToInstall)},
		"conda":         {"%conda …", "why nothing needs to be installed", said(nothingToInstall)},
		"noautoget":     {"%noautoget", "GoNB: cannot be had; packages are fetched when they are imported", said("packages are fetched when a cell imports them; that cannot be switched off here")},
		"remove":        {"%remove names", "GoNB: why nothing needs to be removed (also %rm)", remove},
		"rm":            {"%rm names", "GoNB: why nothing needs to be removed", remove},
		"track":         {"%track", "GoNB: files are read when they are imported; nothing is tracked", said("files are read when a cell imports them; nothing is tracked")},
		"untrack":       {"%untrack", "GoNB: files are read when they are imported; nothing is tracked", said("files are read when a cell imports them; nothing is tracked")},
		"version":       {"%version", "the version of goray", showVersion},
		"wasm":          {"%wasm", "GoNB: build the cell for the browser; not here", refuse("%wasm", "cells run in the kernel, and cannot be built for the browser; use gonbui/widgets and gonbui/dom to reach the page from here")},
		"widgets":       {"%widgets", "GoNB: connect the page for gonbui/widgets; done when it is needed", said("the page is connected when a cell uses widgets or dom")},
		"with_inputs":   {"%with_inputs", "ask for what the next shell command of this cell reads", askForCommand(false)},
		"with_password": {"%with_password", "as %with_inputs, without showing what is typed", askForCommand(true)},
	} {
		lineMagics[name] = m
	}
	cellMagics[""] = magic{"%% [arguments]", "run the rest of the cell as the body of main", runBody}
	cellMagics["main"] = magic{"%%main [arguments]", "run the rest of the cell as the body of main", runBody}
	cellMagics["script"] = magic{"%%script command", "run the cell with a command that reads it", runScript}
}

type magicFunc = func(*Local, context.Context, engine.Cell, string, string, *Outcome) error

// said prints why a command of another kernel has nothing to do here.
func said(text string) magicFunc {
	return func(*Local, context.Context, engine.Cell, string, string, *Outcome) error {
		fmt.Println(translate(text))
		return nil
	}
}

func refuse(magic, text string) magicFunc {
	return func(*Local, context.Context, engine.Cell, string, string, *Outcome) error {
		return &MagicError{magic, text}
	}
}

// gonbMark removes the comment in which GoNB lets its commands hide from Go tools.
func gonbMark(line string) string {
	if rest, ok := strings.CutPrefix(line, "//gonb:"); ok && rest != "" && strings.ContainsRune("%!", rune(rest[0])) {
		return rest
	}
	return line
}

// mainBody recognises the line after which a cell is the body of main, and returns its arguments.
func mainBody(mark string) (args string, ok bool) {
	for _, m := range []string{"%%main", "%main", "%%"} {
		if rest, found := strings.CutPrefix(mark, m); found && (rest == "" || rest[0] == ' ') {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// runBody runs body as the body of a function, so that it can return, and its variables are its
// own. What is no such body, or ends in a value to show, is run as any cell.
func runBody(l *Local, ctx context.Context, cell engine.Cell, args, body string, out *Outcome) error {
	if isMainBody(body) {
		cell.Source = strings.TrimSuffix(cell.Source, "\n") + "func() {\n" + body + "\n}()"
	} else {
		cell.Source += body
	}
	if err := parseArguments(args); err != nil {
		return &MagicError{"%%", err.Error()}
	}
	l.code(ctx, cell, out)
	return out.Err
}

func isMainBody(body string) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p; func _() {\n"+body+"\n}", parser.SkipObjectResolution)
	if err != nil || len(f.Decls) != 1 {
		return false
	}
	list := f.Decls[0].(*ast.FuncDecl).Body.List
	if len(list) == 0 {
		return false
	}
	last, ok := list[len(list)-1].(*ast.ExprStmt)
	if !ok {
		return true
	}
	_, call := last.X.(*ast.CallExpr)
	return call
}

var packageClause = regexp.MustCompile(`^(\s*(//[^\n]*)?\n)*package [\pL_][\pL\pN_]*[ \t]*(\n|$)`)

// program runs a part of a cell that is Go. A package clause is ignored; a part that is a whole
// program, declarations with a function main, is run.
func (l *Local) program(ctx context.Context, cell engine.Cell, out *Outcome) {
	if at := packageClause.FindStringIndex(cell.Source); at != nil {
		head := cell.Source[:at[1]]
		cell.Source = strings.Repeat("\n", strings.Count(head, "\n")) + cell.Source[at[1]:]
	}
	renewFlags(cell.Source)
	cell.Source = withoutBodiless(cell.Source)
	l.code(ctx, cell, out)
	if out.Err != nil || !mainFunction.MatchString(cell.Source) {
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+cell.Source, parser.SkipObjectResolution)
	if err != nil || !slices.ContainsFunc(f.Decls, isMain) {
		return
	}
	setOwnArguments()
	cell.Source = "main()"
	l.code(ctx, cell, out)
}

// withoutBodiless blanks out functions without a body, as gophernotes does: its notebooks show an
// API in a cell. Whoever calls one is told that it is undefined.
func withoutBodiless(source string) string {
	if !strings.Contains(source, "func ") {
		return source
	}
	const clause = "package p;"
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", clause+source, parser.SkipObjectResolution)
	if err != nil {
		return source
	}
	text := []byte(source)
	var names []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body != nil {
			continue
		}
		names = append(names, fn.Name.Name)
		for i := fset.Position(fn.Pos()).Offset - len(clause); i < fset.Position(fn.End()).Offset-len(clause); i++ {
			if text[i] != '\n' {
				text[i] = ' '
			}
		}
	}
	if names != nil {
		fmt.Fprintf(os.Stderr, "not declared, for want of a body: %s\n", strings.Join(names, ", "))
	}
	return string(text)
}

func isMain(d ast.Decl) bool {
	f, ok := d.(*ast.FuncDecl)
	return ok && f.Recv == nil && f.Name.Name == "main" && f.Type.Params.NumFields() == 0
}

// goArguments are the arguments that %args gives to the next main function.
var goArguments []string

func setArguments(_ *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) (err error) {
	goArguments, err = fields(args)
	if err != nil {
		return &MagicError{"%args", err.Error()}
	}
	setOwnArguments()
	return nil
}

func setOwnArguments() { os.Args = append(os.Args[:1:1], goArguments...) }

// parseArguments sets os.Args and parses the flags that cells have declared, as GoNB does before
// a main function.
func parseArguments(args string) (err error) {
	if args != "" {
		if goArguments, err = fields(args); err != nil {
			return err
		}
	}
	defer func() { goArguments = nil }()
	setOwnArguments()
	if len(goArguments) == 0 {
		return nil
	}
	flag.CommandLine.Init("cell", flag.ContinueOnError)
	return flag.CommandLine.Parse(goArguments)
}

var declaredFlag = regexp.MustCompile(`\bflag\.\w+\((?:&\w+, *)?"([^"]+)"`)

// renewFlags forgets the flags that source declares, so that a cell can be run again; and lets no
// bad flag end the process.
func renewFlags(source string) {
	if !strings.Contains(source, "flag.") {
		return
	}
	again := map[string]bool{}
	for _, m := range declaredFlag.FindAllStringSubmatch(source, -1) {
		again[m[1]] = true
	}
	renewed := flag.NewFlagSet("cell", flag.ContinueOnError)
	flag.CommandLine.VisitAll(func(f *flag.Flag) {
		if !again[f.Name] {
			renewed.Var(f.Value, f.Name, f.Usage)
		}
	})
	flag.CommandLine = renewed
}

func callFunction(l *Local, ctx context.Context, cell engine.Cell, args, _ string, out *Outcome) error {
	name, rest, _ := strings.Cut(args, " ")
	if !token.IsIdentifier(name) {
		return &MagicError{"%exec", "which function? write %exec name [arguments]"}
	}
	if err := parseArguments(strings.TrimSpace(rest)); err != nil {
		return &MagicError{"%exec", err.Error()}
	}
	cell.Source += name + "()"
	l.code(ctx, cell, out)
	return out.Err
}

// fields splits a line into words as a shell does: quotes group, and environment variables are
// expanded outside single quotes.
func fields(line string) (words []string, err error) {
	var word strings.Builder
	quote, in := rune(0), false
	for _, r := range os.Expand(line, os.Getenv) {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, in = r, true
		case r == ' ' || r == '\t':
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			in = false
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a quote %c has no end", quote)
	}
	if in {
		words = append(words, word.String())
	}
	return words, nil
}

var buildFlags []string

func goFlags(_ *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	words, err := fields(args)
	if err != nil {
		return &MagicError{"%goflags", err.Error()}
	}
	if args != "" {
		buildFlags = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	}
	fmt.Printf("%%goflags=%q (cells are not built, so they change nothing here)\n", buildFlags)
	return nil
}

// listDeclared lists what cells have declared, by kind.
func listDeclared(l *Local, _ context.Context, _ engine.Cell, _, _ string, out *Outcome) error {
	kinds := map[string]map[string]bool{}
	add := func(kind, name string) {
		if kinds[kind] == nil {
			kinds[kind] = map[string]bool{}
		}
		kinds[kind][name] = true
	}
	for _, c := range l.remembered() {
		for _, p := range split(c.Source) {
			if p.kind == goPart {
				for _, s := range declared(p.text) {
					eachDeclared(p.text[s.Start:s.End], add)
				}
			}
		}
	}
	for _, v := range ofCells(l.Engine().Variables()) {
		add("variables", v.Name)
	}
	if len(kinds) == 0 {
		fmt.Println("nothing is declared yet")
	}
	for _, kind := range []string{"imports", "constants", "types", "variables", "functions"} {
		if names := slices.Sorted(maps.Keys(kinds[kind])); len(names) > 0 {
			fmt.Printf("%s: %s\n", kind, strings.Join(names, ", "))
		}
	}
	return nil
}

func eachDeclared(text string, add func(kind, name string)) {
	f, err := parser.ParseFile(token.NewFileSet(), "", "package p;"+text, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
			add("functions", fn.Name.Name)
		}
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			switch s := s.(type) {
			case *ast.ImportSpec:
				add("imports", strings.Trim(s.Path.Value, "`\""))
			case *ast.TypeSpec:
				add("types", s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if g.Tok == token.CONST {
						add("constants", n.Name)
					}
				}
			}
		}
	}
}

func remove(_ *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	fmt.Printf("nothing is removed (%s): declarations stay and can be declared anew, and init functions and initialisers are run once, not with every cell; %%reset forgets everything\n", args)
	return nil
}

func showVersion(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	fmt.Println("goray", l.cfg.Version)
	return nil
}

func runScript(l *Local, ctx context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	words, err := fields(args)
	if err != nil || len(words) == 0 {
		return &MagicError{"%%script", "no command; write %%script python3"}
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin = strings.NewReader(body + "\n")
	code, err := l.runCommand(ctx, cmd)
	if err == nil && code != 0 {
		err = &MagicError{"%%script", fmt.Sprintf("exit status %d", code)}
	}
	return err
}
