package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Exit codes.
const (
	Done   = 0
	Failed = 1
	Wrong  = 2 // it was asked for what there is not
)

// Command is a command that was typed.
type Command struct {
	*flag.FlagSet
	Out, Err io.Writer
	Rest     []string // what was no flag
	After    []string // what came behind "--"
	Dashes   bool     // there was a "--"
}

// New describes a command: usage is what follows its name, help one sentence or more.
func New(name, usage, help string, out, err io.Writer) *Command {
	c := &Command{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), Out: out, Err: err}
	c.SetOutput(err)
	c.Usage = func() {
		w := c.Output()
		fmt.Fprintf(w, "usage: goray %s\n%s\n", strings.TrimSpace(name+" "+usage), help)
		flags := false
		c.VisitAll(func(*flag.Flag) { flags = true })
		if flags {
			fmt.Fprintln(w, "\nflags:")
			c.PrintDefaults()
		}
	}
	return c
}

// IsHelp reports whether an argument asks for help.
func IsHelp(arg string) bool { return arg == "-h" || arg == "--help" || arg == "-help" }

// Read reads flags, which may stand anywhere before "--". done is true when there is nothing left to do;
// code is then the exit code.
func (c *Command) Read(args []string) (code int, done bool) {
	if i := slices.Index(args, "--"); i >= 0 {
		args, c.After, c.Dashes = args[:i], args[i+1:], true
	}
	for {
		if code, done = c.parse(args); done || c.NArg() == 0 {
			return code, done
		}
		c.Rest = append(c.Rest, c.Arg(0))
		args = c.Args()[1:]
	}
}

// ReadFront reads the flags before the first argument that is none; Args has the rest, as for commands
// that pass it on.
func (c *Command) ReadFront(args []string) (code int, done bool) {
	code, done = c.parse(args)
	c.Rest = c.Args()
	return code, done
}

func (c *Command) parse(args []string) (code int, done bool) {
	// What is wrong is said before anybody can ask for help, and where help goes is not the flags' to know.
	var said strings.Builder
	c.SetOutput(&said)
	err := c.Parse(args)
	c.SetOutput(c.Err)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(c.Out, said.String())
		return Done, true
	case err != nil:
		fmt.Fprint(c.Err, said.String())
		return Wrong, true
	}
	return Done, false
}

// Wants checks how many arguments there are.
func (c *Command) Wants(least, most int) (ok bool) {
	if n := len(c.Rest); n >= least && n <= most {
		return true
	}
	c.Usage()
	return false
}

// Fail says what went wrong, and returns the exit code.
func (c *Command) Fail(err error) int {
	text := err.Error()
	for _, of := range []string{"ray: ", "jobs: "} { // what a program calls matters to no user of a command
		text = strings.TrimPrefix(text, of)
	}
	fmt.Fprintf(c.Err, "goray %s: %s\n", c.Name(), text)
	return Failed
}

// Refuse complains about how it was asked, and returns the exit code.
func (c *Command) Refuse(format string, args ...any) int {
	fmt.Fprintf(c.Err, "goray %s: %s\n", c.Name(), fmt.Sprintf(format, args...))
	return Wrong
}
