package modules

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// tool is the Go command in a folder.
type tool struct {
	command string
	dir     string
	env     []string // besides the process's
}

// errNoTool is wrapped by what needs the Go tool where there is none.
var errNoTool = errors.New("the go command is not on PATH, and fetching third-party packages needs it; install Go " + release() + " or newer from https://go.dev/dl")

// release is the Go release that goray was built with: "1.26".
func release() string {
	v := strings.TrimPrefix(runtime.Version(), "go")
	if major, rest, ok := strings.Cut(v, "."); ok {
		minor, _, _ := strings.Cut(rest, ".")
		return major + "." + minor
	}
	return v
}

// findTool looks for the go command.
func findTool() (string, error) {
	if p, err := exec.LookPath("go"); err == nil {
		return p, nil
	}
	if root := os.Getenv("GOROOT"); root != "" {
		if p, err := exec.LookPath(filepath.Join(root, "bin", "go")); err == nil {
			return p, nil
		}
	}
	return "", errNoTool
}

// run returns what the command prints. Its error is one line.
func (t tool) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, t.command, args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GO111MODULE=on", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+t.dir)
	cmd.Env = append(cmd.Env, t.env...)
	// Files rather than pipes: what go has started, git or telemetry, may outlive it and hold them.
	stdout, err := os.CreateTemp("", "goray-go-")
	if err != nil {
		return nil, err
	}
	defer discard(stdout)
	stderr, err := os.CreateTemp("", "goray-go-")
	if err != nil {
		return nil, err
	}
	defer discard(stderr)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		if said, e := os.ReadFile(stderr.Name()); e == nil && oneLine(string(said)) != "" {
			return nil, &toolError{oneLine(string(said))}
		}
		return nil, err
	}
	return os.ReadFile(stdout.Name())
}

func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// toolError is what the go command complained about.
type toolError struct{ line string }

func (e *toolError) Error() string { return e.line }

// oneLine is what matters in the go command's complaint: the first line that is not about progress,
// with those that belong to it.
func oneLine(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		plain := strings.TrimPrefix(trimmed, "go: ")
		if trimmed == "" || strings.HasPrefix(plain, "finding ") || strings.HasPrefix(plain, "downloading ") || strings.HasPrefix(plain, "upgraded ") || strings.HasPrefix(plain, "added ") || strings.HasPrefix(plain, "downgraded ") {
			continue
		}
		if b.Len() > 0 {
			if line[0] != '\t' && line[0] != ' ' {
				break
			}
			b.WriteByte(' ')
		}
		b.WriteString(plain)
	}
	return b.String()
}

// offline says whether an error is of the network rather than of what was asked for.
func offline(message string) bool {
	for _, s := range []string{"dial tcp", "no such host", "connection refused", "i/o timeout", "network is unreachable", "TLS handshake timeout", "proxyconnect", "module lookup disabled", "Client.Timeout", "connection reset"} {
		if strings.Contains(message, s) {
			return true
		}
	}
	return false
}
