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

func bash(_ *Local, ctx context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	return script(ctx, "bash", args, body)
}

func shell(_ *Local, ctx context.Context, _ engine.Cell, args, body string, _ *Outcome) error {
	return script(ctx, "sh", args, body)
}

// script runs body as a whole; unlike after "!", a bad end is the cell's error.
func script(ctx context.Context, name, args, body string) error {
	code, err := runCommand(ctx, exec.Command(name, append([]string{"-c", body, name}, strings.Fields(args)...)...))
	if err == nil && code != 0 {
		err = fmt.Errorf("exit status %d", code)
	}
	if err != nil && !errors.Is(err, engine.ErrInterrupted) {
		return &MagicError{"%%" + name, err.Error()}
	}
	return err
}

// command runs a line after "!" and leaves its exit code in the variable _exit.
func (l *Local) command(ctx context.Context, cell engine.Cell, line string) error {
	inModule := strings.HasPrefix(line, "*") // GoNB: in the folder of the session's go.mod
	line = strings.TrimSpace(strings.TrimPrefix(line, "*"))
	if line == "" {
		return &MagicError{"!", "no command; write !ls, or (!x) for a boolean"}
	}
	if strings.HasPrefix(line, "pip install ") {
		fmt.Println("nothing needs to be installed: cells are Go, and the libraries are built in")
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
	code, err := runCommand(ctx, cmd)
	if errors.Is(err, engine.ErrInterrupted) {
		return err
	}
	if err != nil {
		return &MagicError{"!", err.Error()}
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "exit status %d\n", code)
	}
	cell.Source = fmt.Sprintf("var _exit = %d", code)
	_, err = guard(func() (engine.Result, error) { return l.Engine().Execute(ctx, cell) })
	return err
}

// runCommand streams the output of cmd and stops it, with all that it started, when ctx ends.
func runCommand(ctx context.Context, cmd *exec.Cmd) (code int, err error) {
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if self, err := os.Executable(); err == nil { // "!goray …" is this program, wherever it lies
		cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+string(os.PathListSeparator)+filepath.Dir(self))
	}
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err = <-done:
	case <-ctx.Done():
		signalGroup(cmd, syscall.SIGINT)
		select {
		case <-done:
		case <-time.After(500 * time.Millisecond):
			signalGroup(cmd, syscall.SIGKILL)
			<-done
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
