package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/command"
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
	c := command.New("doctor", "[--json] [--only NAME]", "Say what this machine lacks, and the command that mends it. The exit code is 1 when something is missing that goray needs.", stdout, stderr)
	asJSON := c.Bool("json", false, "for programs")
	only := c.String("only", "", "run the checks whose name contains this (default: all)")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray doctor --help", c.Rest[0])
	}
	findings := []Finding{}
	for _, check := range slices.Concat(system(), more) {
		if strings.Contains(check.Name, *only) {
			found := check.Look()
			found.Name = check.Name
			findings = append(findings, found)
		}
	}
	if len(findings) == 0 {
		return c.Refuse("there is no check %q", *only)
	}
	if *asJSON {
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(findings); err != nil {
			return c.Fail(err)
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
