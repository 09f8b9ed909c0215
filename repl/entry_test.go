//go:build linux || darwin

package repl

import (
	"image/color"
	"strings"
	"testing"

	"github.com/goray/goray/repl/sixel/sixeltest"
)

func (c *console) leave() {
	c.t.Helper()
	c.send("\x04")
	if status := c.wait(); status != 0 {
		c.t.Errorf("status %d", status)
	}
}

func TestEntryIsEditedAsOne(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send("{\rprint one\r\x1b[A\x05\x7f\x7f\x7ftwo\x1b[B}\r") // up into the line above, to its end, and back
	c.expect("two\r\n")
	c.expect("In[2]: ")
	c.send("print other\r")
	c.expect("In[3]: ")
	c.send("\x1b[A\x1b[A\x1b[A\x05\x7f\x7f\x7fthree\r") // the whole entry again; up from its end, change, and Enter there
	c.expect("three\r\n")
	c.expect("In[4]: ")
	c.leave()
}

func TestHistoryIsSearched(t *testing.T) {
	t.Parallel()
	c := open(t)
	for i, cell := range []string{"print alpha", "print beta", "{\rprint alphabet\r}", "print gamma"} {
		c.expect(primaryPrompt(i + 1))
		c.send(cell + "\r")
	}
	c.expect("In[5]: ")
	c.send("\x12alpha")
	c.expect("search alpha: ")
	c.send("\r")
	c.expect("alphabet\r\n")
	c.expect("In[6]: ")
	c.send("\x12alpha\x12\x12") // the same entry again, and one further back
	c.expect("search alpha: ")
	c.send("\r")
	c.expect("\r\nalpha\r\n")
	c.expect("In[7]: ")
	c.leave()
}

func TestCommandsAreListed(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send(":help\r")
	for _, command := range commands {
		c.expect(":" + command.name)
	}
	c.expect("two empty lines")
	c.send(":nonsense\r")
	c.expect("no command :nonsense")
	c.expect("In[1]: ")
	c.leave()
}

func TestCompletionsAreColoured(t *testing.T) {
	t.Parallel()
	for _, no := range []string{"", "1"} {
		c := open(t, "NO_COLOR="+no)
		c.expect("In[1]: ")
		c.send("pri\t") // what print and println have in common, and a list
		c.expect("println")
		c.expect("func(text string)")
		c.send("\t\t") // the second of them
		c.expect("> println")
		c.send(" text\r")
		c.expect("undefined: println")
		c.expect("In[2]: ")
		c.leave()
		if chosen := strings.Contains(c.all(), "> \x1b[7mprintln"); chosen != (no == "") {
			t.Errorf("NO_COLOR=%s: the choice is coloured: %v\n%q", no, chosen, c.all())
		}
	}
}

func TestSixel(t *testing.T) {
	t.Parallel()
	c := openTerminal(t, "\x1b]11;rgb:1111/1111/1111\x1b\\\x1b[?62;4;22c")
	c.expect("In[1]: ")
	c.send("picture\r")
	c.expect("In[2]: ")
	c.leave()
	_, pictures, err := sixeltest.Split(c.all())
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%d pictures, %v in %q", len(pictures), err, c.all())
	}
	img := pictures[0]
	if img.Bounds().Dx() != 40 || img.Bounds().Dy() != 20 {
		t.Error(img.Bounds())
	}
	if got := img.NRGBAAt(10, 5); got.R < 195 || got.R > 205 || got.G != 0 || got.A != 255 {
		t.Errorf("the line is %v", got)
	}
	if got := img.NRGBAAt(10, 12); got != (color.NRGBA{}) {
		t.Errorf("beside the line, the terminal's own background is painted: %v", got)
	}
}

func TestTerminalsWithoutPictures(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"says so": "\x1b[?62;22c", "silent": "", "late": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openTerminal(t, answer)
			c.expect("In[1]: ")
			if name == "late" { // it is no key
				c.send("\x1b[?62;4c")
			}
			c.send("picture\r")
			c.expect("*image.NRGBA 40×20")
			c.expect("In[2]: ")
			c.leave()
			if strings.Contains(c.all(), "\x1bP") {
				t.Errorf("%q", c.all())
			}
		})
	}
}

// What is typed before the prompt is there, around the terminal's answer, is not lost.
func TestTypedAhead(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"4\x1b[?62;22c2\r", ""} {
		c := openTerminal(t, answer)
		if answer == "" {
			c.send("42\r")
		}
		c.expect("42\r\n")
		c.expect("In[2]: ")
		c.leave()
	}
}
