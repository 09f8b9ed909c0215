package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/machine"
)

// sessionDir is where a session may keep files. Those of drivers that were killed are removed by
// the next session.
type sessionDir struct {
	path string
}

func newSessionDir() (*sessionDir, error) {
	root := filepath.Join(os.TempDir(), fmt.Sprintf("goray-%d", os.Getuid()))
	if err := machine.OwnFolder(root); err != nil {
		return nil, fmt.Errorf("no directory for the session: %w; set TMPDIR to a writable directory", err)
	}
	sweep(root)
	path := filepath.Join(root, fmt.Sprintf("session-%d-%s", os.Getpid(), time.Now().Format("20060102-150405.000000")))
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("no directory for the session: %w; set TMPDIR to a writable directory", err)
	}
	return &sessionDir{path: path}, nil
}

// sweep removes the directories of drivers that do not exist any more.
func sweep(root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		parts := strings.SplitN(e.Name(), "-", 3)
		if len(parts) != 3 || parts[0] != "session" {
			continue
		}
		pid, err := strconv.Atoi(parts[1])
		if err == nil && unix.Kill(pid, 0) == unix.ESRCH {
			os.RemoveAll(filepath.Join(root, e.Name()))
		}
	}
}

func (d *sessionDir) remove() error { return os.RemoveAll(d.path) }
