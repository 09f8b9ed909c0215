package doctor

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// State is how something is.
type State string

// The states. Only Missing makes "goray doctor" fail.
const (
	OK      State = "ok"
	Warning State = "warning" // something is slower, or a part does not work
	Missing State = "missing" // goray does not work
)

// Finding is what a check has found.
type Finding struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Text  string `json:"text"`          // one sentence
	Fix   string `json:"fix,omitempty"` // the command, or what else to do
}

// Check looks at one thing.
type Check struct {
	Name string
	Look func() Finding // its Name is filled in
}

// Good is what is as it should be.
func Good(format string, args ...any) Finding {
	return Finding{State: OK, Text: fmt.Sprintf(format, args...)}
}

// Bad is what is not.
func Bad(state State, fix, format string, args ...any) Finding {
	return Finding{State: state, Fix: fix, Text: fmt.Sprintf(format, args...)}
}

// Main runs the system's checks and more, writes what they find, and returns the exit code: 1 when
// something is missing that goray needs.
func Main(more []Check, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("goray doctor", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "usage: goray doctor [--json] [--only NAME]\nSay what this machine lacks, and the command that mends it. The exit code is 1 when something is missing that goray needs.\n\nflags:")
		f.PrintDefaults()
	}
	asJSON := f.Bool("json", false, "for programs")
	only := f.String("only", "", "run the checks whose name contains this (default: all)")
	for _, a := range args {
		if a == "-h" || a == "--help" || a == "-help" {
			f.SetOutput(stdout)
		}
	}
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if f.NArg() > 0 {
		fmt.Fprintf(stderr, "goray doctor: %q is no flag; see goray doctor --help\n", f.Arg(0))
		return 2
	}
	findings := []Finding{}
	for _, c := range slices.Concat(system(), more) {
		if strings.Contains(c.Name, *only) {
			found := c.Look()
			found.Name = c.Name
			findings = append(findings, found)
		}
	}
	if len(findings) == 0 {
		fmt.Fprintf(stderr, "goray doctor: there is no check %q\n", *only)
		return 2
	}
	if *asJSON {
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(findings); err != nil {
			fmt.Fprintln(stderr, "goray doctor:", err)
			return 1
		}
	} else {
		write(stdout, findings)
	}
	if slices.ContainsFunc(findings, func(f Finding) bool { return f.State == Missing }) {
		return 1
	}
	return 0
}

func write(w io.Writer, findings []Finding) {
	width, counts := 0, map[State]int{}
	for _, f := range findings {
		width = max(width, len(f.Name))
		counts[f.State]++
	}
	for _, f := range findings {
		fmt.Fprintf(w, "%-7s  %-*s  %s\n", f.State, width, f.Name, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(w, "%-7s  %-*s  fix: %s\n", "", width, "", f.Fix)
		}
	}
	fmt.Fprintf(w, "\n%d ok, %d warnings, %d missing\n", counts[OK], counts[Warning], counts[Missing])
}
