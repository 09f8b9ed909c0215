package command_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/command"
)

func Example() {
	c := command.New("greet", "NAME [--loud]", "Greet somebody.", os.Stdout, os.Stderr)
	loud := c.Bool("loud", false, "in capitals")
	if code, done := c.Read([]string{"Ada", "--loud"}); done {
		os.Exit(code)
	}
	greeting := "hello " + c.Rest[0]
	if *loud {
		greeting = strings.ToUpper(greeting)
	}
	fmt.Println(greeting)
	// Output: HELLO ADA
}

// made is a command with one flag, and what it writes.
func made(t *testing.T) (c *command.Command, n *int, out, err *strings.Builder) {
	t.Helper()
	out, err = &strings.Builder{}, &strings.Builder{}
	c = command.New("do", "THING", "Do it.", out, err)
	return c, c.Int("n", 1, "how often"), out, err
}

func TestRead(t *testing.T) {
	c, n, _, _ := made(t)
	code, done := c.Read([]string{"a", "-n", "3", "b", "--", "-n", "--help"})
	if code != 0 || done || *n != 3 || !slices.Equal(c.Rest, []string{"a", "b"}) || !slices.Equal(c.After, []string{"-n", "--help"}) || !c.Dashes {
		t.Errorf("%d, %v, n %d, %q -- %q", code, done, *n, c.Rest, c.After)
	}
	c, n, _, _ = made(t)
	if _, done := c.ReadFront([]string{"-n", "2", "file", "-n", "9"}); done || *n != 2 || !slices.Equal(c.Rest, []string{"file", "-n", "9"}) {
		t.Errorf("n %d, %q", *n, c.Rest)
	}
}

func TestHelpIsAnAnswer(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"a", "-help"}} {
		c, _, out, err := made(t)
		if code, done := c.Read(args); code != 0 || !done || err.Len() > 0 || !strings.HasPrefix(out.String(), "usage: goray do THING\nDo it.\n\nflags:\n") {
			t.Errorf("%q: %d, %v, %q, %q", args, code, done, out, err)
		}
	}
}

func TestComplaints(t *testing.T) {
	for _, args := range [][]string{{"--m"}, {"-n", "x"}, {"--m", "--help"}} {
		c, _, out, err := made(t)
		if code, done := c.Read(args); code != 2 || !done || out.Len() > 0 || !strings.Contains(err.String(), "usage: goray do") {
			t.Errorf("%q: %d, %v, %q, %q", args, code, done, out, err)
		}
	}
	c, _, out, err := made(t)
	if code := c.Fail(errors.New("ray: it is broken; mend it")); code != 1 || err.String() != "goray do: it is broken; mend it\n" {
		t.Errorf("%d %q", code, err)
	}
	if code := c.Refuse("no %d", 3); code != 2 || !strings.HasSuffix(err.String(), "goray do: no 3\n") {
		t.Errorf("%d %q", code, err)
	}
	if c.Wants(1, 2) || out.Len() > 0 || !strings.Contains(err.String(), "usage:") {
		t.Errorf("no argument is taken: %q, %q", out, err)
	}
}
