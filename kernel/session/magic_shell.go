package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func bash(l *Local, ctx context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	return l.script(ctx, "bash", args, body)
}

func shell(l *Local, ctx context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	return l.script(ctx, "sh", args, body)
}

// script runs body as a whole; unlike after "!", a bad end is the cell's error.
func (l *Local) script(ctx context.Context, name, args, body string) error {
	code, err := l.runCommand(ctx, exec.Command(name, append([]string{"-c", body, name}, strings.Fields(args)...)...))
	if err == nil && code != 0 {
		err = fmt.Errorf("exit status %d", code)
	}
	if err != nil && !errors.Is(err, engine.ErrInterrupted) {
		return &MagicError{"%%" + name, err.Error()}
	}
	return err
}

var nothingToInstall = "nothing needs to be installed: cells are Go, the libraries are built in, and %get fetches Go modules"

// command runs a line after "!" and leaves its exit code in the variable _exit.
func (l *Local) command(ctx context.Context, line string) error {
	inModule := strings.HasPrefix(line, "*") // GoNB: in the folder of the session's go.mod
	line = strings.TrimSpace(strings.TrimPrefix(line, "*"))
	if line == "" {
		return &MagicError{"!", "no command; write !ls, or (!x) for a boolean"}
	}
	if tool, _, _ := strings.Cut(line, " "); tool == "pip" || tool == "pip3" || tool == "conda" {
		fmt.Println(translate(nothingToInstall))
		return nil
	}
	name := "sh"
	if _, err := exec.LookPath("bash"); err == nil {
		name = "bash"
	}
	cmd := exec.Command(name, "-c", line)
	if inModule {
		cmd.Dir = os.Getenv("GONB_TMP_DIR")
	}
	ended, err := l.answered(cmd)
	if err != nil {
		return &MagicError{"!", err.Error()}
	}
	defer ended()
	code, err := l.runCommand(ctx, cmd)
	if errors.Is(err, engine.ErrInterrupted) {
		return err
	}
	if err != nil {
		return &MagicError{"!", err.Error()}
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "exit status %d\n", code)
	}
	number := engine.Cell{Source: fmt.Sprintf("var _exit = %d", code)} // no cell's variable: %who does not list it
	_, err = guard(func() (engine.Result, error) { return l.Engine().Execute(ctx, number) })
	return err
}

// commandGrace is how long an interrupted command has to tidy up before it is killed. Its cell
// ends after commandWait at the latest, and leaves it behind.
const (
	commandGrace = time.Second
	commandWait  = 40 * time.Millisecond
)

// runCommand streams the output of cmd and stops it, with all that it started, when ctx ends.
func (l *Local) runCommand(ctx context.Context, cmd *exec.Cmd) (code int, err error) {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if self, err := os.Executable(); err == nil { // "!goray …" is this program, wherever it lies
		cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+string(os.PathListSeparator)+filepath.Dir(self))
	}
	ownGroup(cmd)
	done := make(chan error, 1)
	if err := l.start(cmd, done); err != nil {
		return 0, err
	}
	select {
	case err = <-done:
	case <-ctx.Done():
		signalGroup(cmd, syscall.SIGINT)
		select {
		case <-done:
		case <-time.After(commandWait):
			l.commands.Go(func() {
				select {
				case <-done:
				case <-time.After(commandGrace):
					signalGroup(cmd, syscall.SIGKILL)
				}
			})
		}
		return 0, engine.ErrInterrupted
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			code = 128 + int(status.Signal())
		}
		return code, nil
	}
	return 0, err
}

// start starts a command whose end goes to done. Whoever outlives this process is told.
func (l *Local) start(cmd *exec.Cmd, done chan<- error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil { // Close may be waiting for the commands already
		return engine.ErrInterrupted
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	tell := func(bool) {}
	if l.cfg.Command != nil {
		tell = func(runs bool) { l.cfg.Command(cmd.Process.Pid, runs) }
	}
	tell(true)
	l.commands.Go(func() {
		err := cmd.Wait()
		tell(false)
		done <- err
	})
	return nil
}
