package workdir_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/workdir"
)

func TestStore(t *testing.T) {
	root, home := t.TempDir(), t.TempDir()
	put := func(name, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("a.txt", "one", 0o600)
	put("sub/b.sh", "two", 0o700)
	put("sub/big.csv", "left behind", 0o600)
	put("sub/.gitignore", "*.csv\nété?/\n", 0o600)
	put("sub/été1/x", "left behind", 0o600)
	put(".git/HEAD", "left behind", 0o600)
	s := workdir.NewStore(home)
	add := func() (dir, sum string, copied int) {
		t.Helper()
		dir, sum, copied, err := s.Add(root)
		if err != nil {
			t.Fatal(err)
		}
		return dir, sum, copied
	}
	dir, sum, copied := add()
	if text, err := os.ReadFile(filepath.Join(dir, "a.txt")); err != nil || string(text) != "one" || copied != 3 {
		t.Errorf("%q, %v, %d files copied; want 3", text, err, copied)
	}
	if info, err := os.Stat(filepath.Join(dir, "sub/b.sh")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("a program cannot be run: %v, %v", info, err)
	}
	for _, ignored := range []string{"sub/big.csv", "sub/été1", ".git"} {
		if _, err := os.Stat(filepath.Join(dir, ignored)); !os.IsNotExist(err) {
			t.Errorf("%s was copied: %v", ignored, err)
		}
	}
	if again, same, copied := add(); again != dir || same != sum || copied != 0 {
		t.Errorf("the same directory is at %s, and %d files were copied", again, copied)
	}
	put("a.txt", "other", 0o600)
	changed, other, copied := add()
	if changed == dir || other == sum || copied != 1 {
		t.Errorf("a changed directory is at %s, and %d files were copied; want 1", changed, copied)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "a.txt")); string(text) != "one" {
		t.Errorf("the first copy has changed to %q", text)
	}
	if err := os.Mkdir(filepath.Join(root, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	if dir, _, _ := add(); dir == changed {
		t.Error("a new empty folder is no change")
	} else if _, err := os.Stat(filepath.Join(dir, "out")); err != nil {
		t.Errorf("the empty folder stayed behind: %v", err)
	}
	if _, _, _, err := s.Add(filepath.Join(root, "nowhere")); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "*", "new*")); len(left) > 0 {
		t.Errorf("%q were left", left)
	}
}

func TestZip(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	pack := func() (names, sum string) {
		t.Helper()
		data, sum, err := workdir.Zip(root, nil)
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			names += f.Name + " "
		}
		return names, sum
	}
	put("a.txt", "one")
	put("sub/b.py", "x = 1")
	put("sub/big.csv", "1,2")
	put(".gitignore", "*.csv\n")
	put(".git/config", "secret")
	names, sum := pack()
	if names != ".gitignore a.txt sub/b.py " {
		t.Errorf("packed %q", names)
	}
	put("a.txt", "one") // written again, the same content
	if _, same := pack(); same != sum {
		t.Errorf("the same content has another hash: %s, %s", sum, same)
	}
	put("a.txt", "two")
	if _, other := pack(); other == sum {
		t.Error("other content has the same hash")
	}
	if _, _, err := workdir.Zip(filepath.Join(root, "nowhere"), nil); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Error(err)
	}
}
