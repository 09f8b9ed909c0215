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

// MaxBytes is how large a working directory may be, as with Ray.
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
	root   string
	tree   string // where to
	ignore Ignoring
	names  hash.Hash
	bytes  int64
	copied int
}

// Add copies a directory and returns where the copy is, and the hash of its content. copied is how
// many files the store did not have.
func (s *Store) Add(root string) (dir, sum string, copied int, err error) {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return "", "", 0, fmt.Errorf("working directory %s: it is not a directory of this machine; check the path", root)
	}
	for _, d := range []string{"files", "trees"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o700); err != nil {
			return "", "", 0, err
		}
	}
	tree, err := os.MkdirTemp(filepath.Join(s.dir, "trees"), "new")
	if err != nil {
		return "", "", 0, err
	}
	c := copier{store: s, root: root, tree: tree, names: sha256.New()}
	c.ignore.Add("", DefaultExcludes())
	if err := c.folder(""); err != nil {
		_ = os.RemoveAll(tree)
		return "", "", 0, fmt.Errorf("working directory %s: %w", root, err)
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

func (c *copier) folder(below string) error {
	mark := len(c.ignore)
	defer func() { c.ignore = c.ignore[:mark] }()
	for _, file := range []string{".gitignore", ".rayignore"} {
		if err := c.ignore.Read(c.root, below, file); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(c.tree, below), 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(c.root, below))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if below != "" {
			name = below + "/" + name
		}
		switch {
		case c.ignore.Skips(name, e.IsDir()):
		case e.IsDir():
			err = c.folder(name)
		default:
			err = c.file(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file copies one file, if the store has not its content. Sockets and the like, and links that lead
// nowhere, stay behind.
func (c *copier) file(name string) error {
	full := filepath.Join(c.root, name)
	info, err := os.Stat(full)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if c.bytes += info.Size(); c.bytes > MaxBytes {
		return fmt.Errorf("it has more than %d MiB; name large files in .gitignore, and let tasks read them from where they are", MaxBytes>>20)
	}
	in, err := os.Open(full)
	if err != nil {
		return err
	}
	defer in.Close()
	content := sha256.New()
	if _, err := io.Copy(content, in); err != nil {
		return err
	}
	mode := os.FileMode(0o400)
	if info.Mode()&0o100 != 0 {
		mode = 0o500
	}
	sum := fmt.Sprintf("%x-%o", content.Sum(nil), mode)
	fmt.Fprintf(c.names, "%s\x00%s\x00", name, sum)
	kept := filepath.Join(c.store.dir, "files", sum)
	// What somebody has written to in spite of its mode is not what it is called any more.
	if have, err := os.Stat(kept); err != nil || have.Size() != info.Size() {
		if err := c.copy(in, kept, mode); err != nil {
			return err
		}
		c.copied++
	}
	return os.Link(kept, filepath.Join(c.tree, name))
}

func (c *copier) copy(in *os.File, to string, mode os.FileMode) error {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(to), "new")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	err = errors.Join(err, out.Chmod(mode), out.Close())
	if err == nil {
		err = os.Rename(out.Name(), to)
	}
	if err != nil {
		_ = os.Remove(out.Name())
	}
	return err
}
