package native

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrUnavailable says that this machine cannot compile; functions stay interpreted.
var ErrUnavailable = errors.New("no Go toolchain was found; install Go from https://go.dev/dl and have go in PATH to make functions faster")

// oldest is the first release whose language cells may use.
const oldest = "go1.26"

// toolchain is an installed Go.
type toolchain struct {
	GOVERSION, GOTOOLDIR, GOOS, GOARCH, GOAMD64, GOARM64, GOEXPERIMENT string

	command string
	arch    string // of Linux machines that it compiles for; empty: this one
}

// environment keeps the user's settings away: programs must be the same whoever builds them.
func (t *toolchain) environment() []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		switch name {
		case "GOFLAGS", "GOWORK", "GO111MODULE", "CGO_ENABLED", "GOTOOLCHAIN", "GOPROXY", "GOOS", "GOARCH", "GOROOT", "GODEBUG", "GORAY_WORKER":
		default:
			env = append(env, e)
		}
	}
	if t.arch != "" {
		env = append(env, "GOOS=linux", "GOARCH="+t.arch)
	}
	return append(env, "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOPROXY=off")
}

// findToolchain asks the go command of PATH. arch is Go's name for Linux machines to compile for; empty
// means this one.
func findToolchain(ctx context.Context, arch string) (*toolchain, error) {
	command, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrUnavailable
	}
	t := &toolchain{command: command, arch: arch}
	out, err := t.run(ctx, "", command, "env", "-json", "GOVERSION", "GOTOOLDIR", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT")
	if err != nil {
		return nil, fmt.Errorf("%w (go env: %w)", ErrUnavailable, err)
	}
	if err := json.Unmarshal(out, t); err != nil {
		return nil, fmt.Errorf("%w (go env: %w)", ErrUnavailable, err)
	}
	if release, _, _ := strings.Cut(t.GOVERSION, " "); version.IsValid(release) && version.Compare(release, oldest) < 0 {
		return nil, fmt.Errorf("Go is %s, and functions of cells need %s; install a newer one from https://go.dev/dl", release, oldest)
	}
	return t, nil
}

// id is what programs depend on.
func (t *toolchain) id() string {
	return strings.Join([]string{t.GOVERSION, t.GOOS, t.GOARCH, t.GOAMD64, t.GOARM64, t.GOEXPERIMENT}, " ")
}

func (t *toolchain) tool(name string) string { return filepath.Join(t.GOTOOLDIR, name) }

// commandError is what a tool complained about.
type commandError struct {
	name   string
	output string
	err    error
}

func (e *commandError) Error() string {
	if e.output == "" {
		return fmt.Sprintf("%s: %v", e.name, e.err)
	}
	return e.name + ": " + e.output
}

// first is the first line that says something; the go command names the package before it.
func (e *commandError) first() string {
	for line := range strings.Lines(e.output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "# ") {
			return e.name + ": " + line
		}
	}
	return fmt.Sprintf("%s: %v", e.name, e.err)
}

func (e *commandError) Unwrap() error { return e.err }

// run runs a tool and returns its standard output.
func (t *toolchain) run(ctx context.Context, dir, command string, args ...string) ([]byte, error) {
	return t.start(ctx, false, dir, command, args...)
}

// runGently is run for what takes long: it leaves the CPUs to others that want them.
func (t *toolchain) runGently(ctx context.Context, dir, command string, args ...string) ([]byte, error) {
	return t.start(ctx, true, dir, command, args...)
}

func (t *toolchain) start(ctx context.Context, gently bool, dir, command string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir, cmd.Env = dir, t.environment()
	quiet(cmd)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Start()
	if err == nil {
		if gently {
			lowerPriority(cmd.Process.Pid)
		}
		err = cmd.Wait()
	}
	if err != nil {
		text := strings.TrimSpace(errs.String())
		if text == "" {
			text = strings.TrimSpace(out.String()) // the compiler complains there
		}
		return nil, &commandError{filepath.Base(command), text, err}
	}
	return out.Bytes(), nil
}

// Check returns the version of the Go that would compile functions; the error says what to install.
func Check(ctx context.Context) (version string, err error) {
	t, err := findToolchain(ctx, "")
	if err != nil {
		return "", err
	}
	return t.GOVERSION, nil
}
