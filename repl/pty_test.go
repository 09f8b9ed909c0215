//go:build linux || darwin

package repl

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// console is a child in a pseudo-terminal.
type console struct {
	t   *testing.T
	tty *os.File
	cmd *exec.Cmd

	mu    sync.Mutex
	more  *sync.Cond
	out   strings.Builder
	read  int // how much of the text without escape sequences expect has seen
	ended bool

	answer string // what the terminal says of itself when it is asked
}

func open(t *testing.T, env ...string) *console {
	t.Helper()
	return openTerminal(t, "\x1b[?62;22c", env...)
}

// openTerminal is open for a terminal that gives the answer to the question what it can.
func openTerminal(t *testing.T, answer string, env ...string) *console {
	t.Helper()
	c := &console{t: t, cmd: exec.Command(os.Args[0]), answer: answer}
	c.more = sync.NewCond(&c.mu)
	c.cmd.Env = append(os.Environ(), append([]string{"GORAY_REPL_CHILD=main", "HOME=" + t.TempDir(), "XDG_STATE_HOME=", "TERM=xterm", "NO_COLOR="}, env...)...)
	tty, err := pty.StartWithSize(c.cmd, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	c.tty = tty
	done := make(chan struct{})
	go c.listen(done)
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
		tty.Close()
		<-done
	})
	return c
}

func (c *console) listen(done chan struct{}) {
	defer close(done)
	buf := make([]byte, 4096)
	asked := false
	for {
		n, err := c.tty.Read(buf)
		text := string(buf[:n])
		c.mu.Lock()
		c.out.WriteString(text)
		if !asked && strings.Contains(c.out.String(), question) {
			asked = true
			io.WriteString(c.tty, c.answer)
		}
		c.ended = err != nil
		c.more.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *console) send(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.tty, s); err != nil {
		c.t.Fatal(err)
	}
}

// expect waits until text appears after what was expected before; escape sequences between the
// characters do not count.
func (c *console) expect(text string) {
	c.t.Helper()
	timer := time.AfterFunc(30*time.Second, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ended = true
		c.more.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		plain := stripEscapes(c.out.String())
		rest := plain[min(c.read, len(plain)):]
		if at := strings.Index(rest, text); at >= 0 {
			c.read += at + len(text)
			return
		}
		if c.ended {
			c.t.Fatalf("no %q in\n%s\n%q", text, rest, c.out.String())
		}
		c.more.Wait()
	}
}

func (c *console) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

func (c *console) wait() int {
	c.t.Helper()
	timer := time.AfterFunc(20*time.Second, func() {
		c.t.Error("the child does not end")
		c.cmd.Process.Kill()
	})
	defer timer.Stop()
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func TestEditor(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send("1\r")
	c.expect("1\r\n")
	c.expect("In[2]: ")
	c.send("{\r42\r}\r") // a cell of three lines
	c.expect("In[3]: ")
	c.send("bad\r")
	c.expect("undefined: bad")
	c.expect("In[4]: ")
	c.send("\"typed but\x03") // Ctrl-C clears the line
	c.expect("In[4]: ")
	c.send("7\r")
	c.expect("7\r\n")
	c.expect("In[5]: ")
	c.send("loop\r")
	c.expect("looping")
	c.send("\x03") // Ctrl-C interrupts the cell
	c.expect("interrupted")
	c.expect("In[6]: ")
	c.send("\x1b[A\x1b[A\r") // the history: one up is loop, two up is 7
	c.expect("7\r\n")
	c.expect("In[7]: ")
	c.send(":vars\r")
	c.expect("no variables yet")
	c.expect("In[7]: ")
	c.send("?print\r")
	c.expect("print prints.")
	c.expect("In[8]: ")
	c.send("\x04")
	if status := c.wait(); status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestEditorPastes(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send("\x1b[200~print one\nprint two\n\x1b[201~")
	c.send("print three\r")
	c.expect("one\r\ntwo\r\nthree\r\n")
	c.expect("In[2]: ") // one cell, not three
	c.send("\x04")
	c.wait()
}

func TestEditorCompletes(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send("prin\t")
	c.expect("func(text string)")
	c.send("\x03\x03")
	// The prompt has been drawn before, so it does not tell when the second one was read. Between two
	// entries the terminal itself would take the end of input.
	c.send("7\r")
	c.expect("In[2]: ")
	c.send("\x04")
	c.wait()
}

func TestEditorColours(t *testing.T) {
	t.Parallel()
	for _, no := range []string{"", "1"} {
		c := open(t, "NO_COLOR="+no)
		c.expect("In[1]: ")
		c.send("bad\r")
		c.expect("undefined: bad")
		c.expect("In[2]: ")
		c.send("\x04")
		c.wait()
		if coloured := strings.Contains(c.all(), "\x1b[31m"); coloured != (no == "") {
			t.Errorf("NO_COLOR=%s: coloured is %v in %q", no, coloured, c.all())
		}
	}
}

func TestDumbTerminal(t *testing.T) {
	t.Parallel()
	c := open(t, "TERM=dumb")
	c.expect("In[1]: ")
	c.send("{\n")
	c.expect("...: ")
	c.send("5\n")
	c.expect("...: ")
	c.send("}\n")
	c.expect("In[2]: ")
	c.send("live\n")
	c.expect("step 2\r\n")
	c.expect("In[3]: ")
	c.send("{\n")
	c.expect("...: ")
	c.send("\x03")
	c.expect("In[3]: ")
	c.send("8\n")
	c.expect("8\r\n")
	c.expect("In[4]: ")
	c.send("loop\n")
	c.expect("looping")
	c.send("\x03")
	c.expect("interrupted")
	c.expect("In[5]: ")
	c.send("\x04")
	if status := c.wait(); status != 0 {
		t.Errorf("status %d", status)
	}
	if out := c.all(); strings.Contains(out, "\x1b") || strings.Contains(out, "step 0") {
		t.Errorf("%q", out)
	}
}

func TestHistoryIsKept(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	first := open(t, "HOME="+home)
	first.expect("In[1]: ")
	first.send("{\r11\r}\r")
	first.expect("In[2]: ")
	first.send("\x04")
	first.wait()
	path := filepath.Join(home, ".local", "state", "goray", "history")
	if data, err := os.ReadFile(path); err != nil || string(data) != "\"{\\n\\t11\\n}\"\n" {
		t.Errorf("%q %v", data, err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	second := open(t, "HOME="+home)
	second.expect("In[1]: ")
	second.send("\x1b[A\r")
	second.expect("In[2]: ")
	second.send("\x04")
	second.wait()
}

func TestLiveOutputKeepsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.expect("In[1]: ")
	c.send("steps\r")
	c.expect("end\r\n")
	c.expect("In[2]: ")
	c.send("!test -t 1 && echo a terminal\r")
	c.expect("a terminal\r\n")
	c.expect("In[3]: ")
	c.send("\x04")
	c.wait()
	out := c.all()
	// step 1 takes the place of step 0; the printed line then ends that, step 2 starts below.
	if want := "step 0\r\n\x1b[1A\r\x1b[Jstep 1\r\nprinted\r\nstep 2\r\nend\r\n"; !strings.Contains(out, want) {
		t.Errorf("%q", out)
	}
}
