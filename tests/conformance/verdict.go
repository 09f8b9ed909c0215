package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// verdict is the result of one program.
type verdict struct {
	program string
	outcome string // "pass", "fail", "wrong output", "hang", "crash"
	detail  string
	took    time.Duration // of the processor
}

func (v verdict) String() string {
	return fmt.Sprintf("%-12s %-45s %6.2fs  %s", v.outcome, v.program, v.took.Seconds(), v.detail)
}

var (
	complaint = regexp.MustCompile(`(?m)^(BUG|FAIL)`)
	crash     = regexp.MustCompile(`(?m)^(panic:|fatal error:|SIG|unexpected fault).*`)
)

// patience is how much longer than its limit of processor time a program may take by the clock: it may
// sleep, and the machine may be busy with something else.
const patience = 6

// judge runs one program under root with the runner binary, for at most limit of processor time.
func judge(runner, root, program string, limit time.Duration) verdict {
	path := filepath.Join(root, filepath.FromSlash(program))
	ctx, cancel := context.WithTimeout(context.Background(), patience*limit)
	defer cancel()
	script := fmt.Sprintf(`ulimit -t %d; exec "$0" "$@"`, int(limit.Seconds()))
	cmd := exec.CommandContext(ctx, "sh", "-c", script, runner, path)
	cmd.Dir = filepath.Dir(path)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=1500MiB")
	cmd.WaitDelay = time.Second
	raw, err := cmd.CombinedOutput()
	out := strings.ReplaceAll(string(raw), "\r\n", "\n")
	v := verdict{program: program, took: patience * limit}
	if p := cmd.ProcessState; p != nil {
		v.took = p.UserTime() + p.SystemTime()
	}
	switch m := crash.FindString(out); {
	case ctx.Err() != nil || v.took >= limit && err != nil:
		v.outcome, v.detail = "hang", tail(out)
	case err == nil:
		v.outcome, v.detail = compare(path, out)
	case m != "" || cmd.ProcessState == nil || cmd.ProcessState.ExitCode() < 0:
		v.outcome, v.detail = "crash", tail(out[strings.Index(out, m):])
	default:
		v.outcome, v.detail = "fail", tail(out)
	}
	return v
}

// compare checks the output of a program that exited normally: against its golden file, or else
// for the words with which these programs complain.
func compare(path, out string) (outcome, detail string) {
	golden, err := os.ReadFile(strings.TrimSuffix(path, ".go") + ".out")
	switch {
	case err == nil && !bytes.Equal(golden, []byte(out)), err != nil && complaint.MatchString(out):
		return "wrong output", tail(out)
	}
	return "pass", ""
}

func tail(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		s = s[:300]
	}
	return s
}
