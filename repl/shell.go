package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

type variable = engine.Variable

// shell is a running REPL: a session, a screen and where cells come from.
type shell struct {
	opts    Options
	ctx     context.Context
	term    terminal
	screen  *screen
	brain   brain
	history *history
	number  int    // of the last cell
	err     error  // of the last cell
	exit    *int   // the status that a cell gave to os.Exit
	path    string // of the script that the cells are from; errors name it

	interrupts interrupts
}

// Main runs a REPL until its input ends and returns the exit status. Input that is no terminal is
// run cell by cell up to the first error, which makes the status 1.
func Main(ctx context.Context, opts Options) int {
	opts.fill()
	s, err := newShell(ctx, opts)
	if err != nil {
		fmt.Fprintln(opts.Err, err)
		return exitError
	}
	status := exitOK
	if s.term.input {
		s.interactive()
		if s.exit != nil {
			status = *s.exit
		}
	} else {
		status = s.piped(opts.In)
	}
	if err := s.close(); err != nil {
		fmt.Fprintln(opts.Err, err)
		return max(status, exitError)
	}
	return status
}

func newShell(ctx context.Context, opts Options) (*shell, error) {
	if opts.NewEngine == nil && opts.Existing == "" {
		return nil, errors.New("repl: Options.NewEngine is nil; pass typed.New")
	}
	s := &shell{opts: opts, ctx: ctx, term: lookAround(opts.In, opts.Out, opts.Getenv)}
	s.screen = newScreen(s.term, opts.In, opts.Out)
	if opts.Existing != "" {
		there, err := attach(ctx, opts.Existing, s.screen, opts.Out, opts.Err)
		if err != nil {
			return nil, err
		}
		s.brain = there
	} else {
		here, err := session.Open(session.Config{
			NewEngine: opts.NewEngine, Engine: opts.Engine, Version: opts.Version, Plugins: opts.Plugins, Screen: s.screen,
		})
		if err != nil {
			return nil, err
		}
		s.brain = local{here}
	}
	s.history = &history{}
	s.interrupts.err = opts.Err
	s.interrupts.leave = func() {
		s.brain.close()
		os.Exit(exitInterrupted)
	}
	s.interrupts.start()
	return s, nil
}

func (s *shell) close() error {
	s.screen.flush()
	s.interrupts.stop()
	return s.brain.close()
}

// interactive reads cells from a person.
func (s *shell) interactive() {
	var err error
	s.history, err = openHistory(historyPath(s.opts.History, s.opts.Getenv))
	if err != nil {
		fmt.Fprintln(s.opts.Err, err)
	}
	if s.term.escape && s.opts.Existing == "" {
		restore, err := s.screen.watch()
		if err != nil {
			fmt.Fprintln(s.opts.Err, "repl:", err)
		}
		defer restore()
	}
	if in, ok := s.opts.In.(*os.File); ok {
		s.term.ask(in, s.opts.Out)
		s.screen.term = s.term
	}
	s.greet()
	in := s.reader()
	for s.ctx.Err() == nil {
		cell, err := in.read(s.brain.number(s.number))
		switch {
		case errors.Is(err, errCleared):
			continue
		case errors.Is(err, io.EOF):
			fmt.Fprintln(s.opts.Out)
			return
		case err != nil:
			fmt.Fprintln(s.opts.Err, "repl: the terminal cannot be read:", err)
			return
		}
		if leave := s.handle(cell); leave {
			return
		}
	}
}

func (s *shell) greet() {
	version := s.opts.Version
	if version != "" {
		version = " " + version
	}
	fmt.Fprintf(s.opts.Out, "goray%s. :help for help, Ctrl-D to leave.\n", version)
}

// reader is the line editor, or a plain reader where there is no cursor to move.
func (s *shell) reader() reader {
	ready := func(cell string) bool { return complete(s.brain.isComplete, cell, true) }
	if f, ok := s.opts.In.(*os.File); ok && s.term.escape {
		return s.editor(f, ready)
	}
	p := newPlainReader(s.opts.In, ready)
	s.interrupts.idle = func() {
		p.cleared.Store(true)
		fmt.Fprint(s.opts.Out, "\n", primaryPrompt(s.brain.number(s.number)))
	}
	p.prompt = func(number int, more bool) {
		prompt := primaryPrompt(number)
		if more {
			prompt = secondaryPrompt(number)
		}
		fmt.Fprint(s.opts.Out, prompt)
	}
	return recorder{p, s.history}
}

// recorder adds what a plain reader reads to the history, as the line editor does by itself.
type recorder struct {
	reader
	history *history
}

func (r recorder) read(number int) (string, error) {
	cell, err := r.reader.read(number)
	if err == nil {
		r.history.Write(cell)
	}
	return cell, err
}

// completions adds the REPL's commands to the session's answer.
func (s *shell) completions(source string, cursor int) engine.Completions {
	if before := source[:cursor]; strings.HasPrefix(before, ":") && !strings.Contains(before, " ") {
		var names []string
		for _, c := range commands {
			names = append(names, ":"+c.name)
		}
		return matching(names, before)
	}
	return s.brain.complete(source, cursor)
}

// handle runs one input of a person.
func (s *shell) handle(cell string) (leave bool) {
	trimmed := strings.TrimSpace(cell)
	if trimmed == "" {
		return false
	}
	if strings.HasPrefix(trimmed, ":") {
		leave, err := s.command(trimmed)
		if err != nil {
			fmt.Fprintln(s.opts.Err, s.term.paint("31", err.Error()))
		}
		return leave
	}
	s.run(cell)
	return s.exit != nil
}

// run executes one cell and prints what came of it; ok is false when it failed. A cell that calls
// os.Exit ends the REPL as it would end a program.
func (s *shell) run(cell string) (ok bool) {
	s.number = s.brain.number(s.number)
	if s.opts.SetColumns != nil {
		s.opts.SetColumns(s.term.columns())
	}
	ctx, ended := s.interrupts.cell(s.ctx)
	var out session.Outcome
	execute := func() { out = s.brain.execute(ctx, engine.Cell{Number: s.number, Name: s.path, Source: cell}) }
	if trimmed := strings.TrimSpace(cell); strings.HasPrefix(trimmed, "!") || strings.HasPrefix(trimmed, "%%") {
		s.screen.direct(execute)
	} else {
		execute()
	}
	ended()
	s.screen.flush()
	for _, page := range out.Pages {
		s.screen.Display("", page)
	}
	if out.Result != nil && out.Err == nil {
		s.screen.Display("", *out.Result)
	}
	s.err = out.Err
	var exit interface{ ExitCode() int }
	if errors.As(out.Err, &exit) {
		status := exit.ExitCode()
		s.exit = &status
		return false
	}
	if out.Err != nil {
		if s.term.input && errors.Is(out.Err, engine.ErrInterrupted) {
			fmt.Fprintln(s.opts.Out) // after the ^C that the terminal shows
		}
		fmt.Fprint(s.opts.Err, lineBreak(errorText(out.Err, s.term.color)))
	}
	return out.Err == nil
}
