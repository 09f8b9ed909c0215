package workdir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// MaxBytes is how large a working directory, or its zip file, may be, as with Ray.
const MaxBytes = 500 << 20

// DefaultExcludes stay behind whatever .gitignore says, as with Ray, whose variable replaces them.
func DefaultExcludes() []string {
	if list, set := os.LookupEnv("RAY_OVERRIDE_RUNTIME_ENV_DEFAULT_EXCLUDES"); set {
		return strings.Split(list, ",")
	}
	return []string{".git", ".venv", "venv", "__pycache__"}
}

// Store is a folder of working directories.
type Store struct {
	dir string
}

// NewStore returns the store in a folder, which need not be there.
func NewStore(dir string) *Store { return &Store{dir} }

// copier copies one directory.
type copier struct {
	store  *Store
	tree   string // where to
	names  hash.Hash
	copied int
	bytes  int64
}

// Add copies a directory and returns where the copy is, and the hash of its content. copied is how
// many files the store did not have.
func (s *Store) Add(root string) (dir, sum string, copied int, err error) {
	for _, d := range []string{"files", "trees"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o700); err != nil {
			return "", "", 0, err
		}
	}
	tree, err := os.MkdirTemp(filepath.Join(s.dir, "trees"), "new")
	if err != nil {
		return "", "", 0, err
	}
	c := copier{store: s, tree: tree, names: sha256.New()}
	if err := walk(root, nil, c.folder, c.file); err != nil {
		_ = os.RemoveAll(tree)
		return "", "", 0, err
	}
	sum = hex.EncodeToString(c.names.Sum(nil)[:16])
	dir = filepath.Join(s.dir, "trees", sum)
	if err := os.Rename(tree, dir); err != nil {
		_ = os.RemoveAll(tree)
		if _, there := os.Stat(dir); there != nil {
			return "", "", 0, err
		}
	}
	return dir, sum, c.copied, nil
}

func (c *copier) folder(below string, _ bool) error {
	fmt.Fprintf(c.names, "%s/\x00", below) // also of one without files
	return os.MkdirAll(filepath.Join(c.tree, below), 0o700)
}

// file copies one file, if the store has not its content.
func (c *copier) file(name string, in *os.File, info os.FileInfo) error {
	if c.bytes += info.Size(); c.bytes > MaxBytes {
		return tooMuch("it", MaxBytes)
	}
	content := sha256.New()
	if _, err := io.Copy(content, in); err != nil {
		return err
	}
	kept := c.store.file(content, mode(info))
	// What somebody has written to in spite of its mode is not what it is called any more.
	if have, err := os.Stat(kept); err != nil || have.Size() != info.Size() {
		if kept, err = c.copy(in, mode(info)); err != nil {
			return err
		}
		c.copied++
	}
	fmt.Fprintf(c.names, "%s\x00%s\x00", name, filepath.Base(kept))
	return os.Link(kept, filepath.Join(c.tree, name))
}

// file is where a content is kept.
func (s *Store) file(content hash.Hash, mode os.FileMode) string {
	return filepath.Join(s.dir, "files", fmt.Sprintf("%x-%o", content.Sum(nil), mode))
}

// copy keeps a file, under the name of what it has copied: the file may have changed since it was
// looked at.
func (c *copier) copy(in *os.File, mode os.FileMode) (kept string, err error) {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(filepath.Join(c.store.dir, "files"), "new")
	if err != nil {
		return "", err
	}
	content := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, content), in)
	err = errors.Join(err, out.Chmod(mode), out.Close())
	if err == nil {
		kept = c.store.file(content, mode)
		err = os.Rename(out.Name(), kept)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return kept, err
}
