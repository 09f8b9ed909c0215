//go:build unix

package machine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/machine"
)

// TestOwnFolder: what another user could have prepared is refused.
func TestOwnFolder(t *testing.T) {
	dir := t.TempDir()
	refused := func(path, why string) {
		t.Helper()
		if err := machine.OwnFolder(path); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v; want an error about %q", path, err, why)
		}
	}
	mine := filepath.Join(dir, "a", "b")
	for range 2 {
		if err := machine.OwnFolder(mine); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(mine); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the new folder: %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(mine, 0o777); err != nil {
		t.Fatal(err)
	}
	refused(mine, "chmod go-w")
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "a"), link); err != nil {
		t.Fatal(err)
	}
	refused(link, "not a folder")
	if err := machine.CheckOwn(filepath.Join(dir, "none")); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
	if os.Getuid() != 0 {
		t.Skip("only root can give a folder to another user")
	}
	theirs := filepath.Join(dir, "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	refused(theirs, "another user (uid 12345)")
}
