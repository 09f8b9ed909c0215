package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/ledger"
	"github.com/goray/goray/runtime/jobs/supervisor"
)

// How the lines begin by which a head tells what it has taken over.
const (
	resumed    = "Resumed from "
	notResumed = "Not resumed: "
)

// resume takes over what the head before kept in a folder.
func resume(dir string, stdout io.Writer) error {
	if dir == "" {
		return nil
	}
	keeper, err := backend[core.Resumer]()
	if err != nil {
		return err
	}
	r, err := keeper.Resume(dir)
	if err != nil {
		return err
	}
	if r.Actors+r.Groups > 0 {
		fmt.Fprintf(stdout, "%s%s: %d detached actors, %d placement groups.\n", resumed, dir, r.Actors, r.Groups)
	}
	for _, lost := range r.Lost {
		fmt.Fprintf(stdout, "%s%s\n", notResumed, lost)
	}
	return nil
}

// jobsDir is where a head keeps its jobs.
func jobsDir(stateDir, session string) string {
	if stateDir != "" {
		return filepath.Join(stateDir, "jobs")
	}
	return filepath.Join(session, "jobs")
}

// jobRecords are where a head writes its jobs down; nil without a folder for its state.
func jobRecords(stateDir string) (supervisor.Records, func(), error) {
	if stateDir == "" {
		return nil, func() {}, nil
	}
	l, err := ledger.Open(filepath.Join(stateDir, "jobs.state"))
	if err != nil {
		return nil, nil, fmt.Errorf("the jobs of the head in %s: %w", stateDir, err)
	}
	if w := l.Warning(); w != "" {
		fmt.Fprintln(os.Stderr, "goray start: "+w)
	}
	return l, func() { l.Close() }, nil
}
