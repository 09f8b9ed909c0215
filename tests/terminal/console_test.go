//go:build linux || darwin

package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/goray/goray/tests/built"
)

const root = "../.."

// binary is goray.
var binary string

func TestMain(m *testing.M) { built.Main(m, &binary) }

// console is goray's REPL in a pseudo-terminal.
type console struct {
	t   *testing.T
	tty *os.File
	cmd *exec.Cmd

	mu   sync.Mutex
	more *sync.Cond
	out  strings.Builder
	seen int
	end  bool
}

// asks is how goray asks what the terminal can.
const asks = "\x1b[c"

// open starts the REPL in a terminal of so many columns, which answers with answer.
func open(t *testing.T, columns uint16, answer string, env ...string) *console {
	t.Helper()
	c := &console{t: t, cmd: exec.Command(binary, "repl")}
	c.more = sync.NewCond(&c.mu)
	c.cmd.Env = append(os.Environ(), append([]string{"HOME=" + t.TempDir(), "XDG_STATE_HOME=", "TERM=xterm-256color", "NO_COLOR=", "TMUX=", "TERM_PROGRAM=", "LC_TERMINAL=", "KITTY_WINDOW_ID="}, env...)...)
	tty, err := pty.StartWithSize(c.cmd, &pty.Winsize{Rows: 50, Cols: columns, X: columns * 10, Y: 1000})
	if err != nil {
		t.Fatal(err)
	}
	c.tty = tty
	done := make(chan struct{})
	go func() {
		defer close(done)
		asked := false
		for chunk := make([]byte, 4096); ; {
			n, err := tty.Read(chunk)
			c.mu.Lock()
			c.out.Write(chunk[:n])
			if !asked && strings.Contains(c.out.String(), asks) {
				asked = true
				io.WriteString(tty, answer)
			}
			c.end = err != nil
			c.more.Broadcast()
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		c.cmd.Wait()
		tty.Close()
		<-done
	})
	c.expect("In[1]: ")
	return c
}

var escape = regexp.MustCompile("\x1bP[^\x1b]*\x1b\\\\|\x1b\\][^\x1b\a]*(\a|\x1b\\\\)|\x1b\\[[0-9;?]*[@-~]")

// plain is what the terminal got, without control sequences.
func (c *console) plain() string { return escape.ReplaceAllString(c.out.String(), "") }

// expect waits for text after what was expected before.
func (c *console) expect(text string) {
	c.t.Helper()
	timer := time.AfterFunc(60*time.Second, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.end = true
		c.more.Broadcast()
	})
	defer timer.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		all := c.plain()
		if at := strings.Index(all[min(c.seen, len(all)):], text); at >= 0 {
			c.seen += at + len(text)
			return
		}
		if c.end {
			c.t.Fatalf("no %q in\n%s", text, all[min(c.seen, len(all)):])
		}
		c.more.Wait()
	}
}

func (c *console) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.tty, text); err != nil {
		c.t.Fatal(err)
	}
}

// leave ends the REPL and returns all that the terminal got.
func (c *console) leave() string {
	c.t.Helper()
	c.send("\x04")
	timer := time.AfterFunc(30*time.Second, func() { c.cmd.Process.Kill() })
	defer timer.Stop()
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("the REPL ends with %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// command runs goray and returns what it prints, and its status.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	return outcome(t, cmd, stdin)
}

func outcome(t *testing.T, cmd *exec.Cmd, stdin string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
