package workdir

import (
	"fmt"
	"os"
	"path/filepath"
)

// walker visits what of a directory is copied.
type walker struct {
	root   string
	ignore Ignoring
	folder func(name string, empty bool) error
	file   func(name string, in *os.File, info os.FileInfo) error
}

// walk visits a directory in the order of names: folder and file are given names relative to it, with
// slashes, without those that stay behind or fit excludes.
func walk(root string, excludes []string, folder func(name string, empty bool) error, file func(name string, in *os.File, info os.FileInfo) error) error {
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return fmt.Errorf("working directory %s: it is not a directory of this machine; check the path", root)
	}
	w := walker{root: root, folder: folder, file: file}
	w.ignore.Add("", DefaultExcludes())
	w.ignore.Add("", excludes)
	if err := w.visit(""); err != nil {
		return fmt.Errorf("working directory %s: %w", root, err)
	}
	return nil
}

func (w *walker) visit(below string) error {
	mark := len(w.ignore)
	defer func() { w.ignore = w.ignore[:mark] }()
	for _, file := range []string{".gitignore", ".rayignore"} {
		if err := w.ignore.Read(w.root, below, file); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(filepath.Join(w.root, below))
	if err != nil {
		return err
	}
	if err := w.folder(below, len(entries) == 0); err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if below != "" {
			name = below + "/" + name
		}
		switch {
		case w.ignore.Skips(name, e.IsDir()):
		case e.IsDir():
			err = w.visit(name)
		default:
			err = w.open(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open visits one file. Sockets and the like, and links that lead nowhere, stay behind.
func (w *walker) open(name string) error {
	full := filepath.Join(w.root, name)
	info, err := os.Stat(full)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	in, err := os.Open(full)
	if err != nil {
		return err
	}
	defer in.Close()
	return w.file(name, in, info)
}

// tooMuch refuses a working directory that is too large.
func tooMuch(what string, most int64) error {
	return fmt.Errorf("%s has more than %d MiB; name large files in .gitignore, and let tasks read them from where they are", what, most>>20)
}

// mode is that of the copy of a file: read-only, since several trees may have it.
func mode(info os.FileInfo) os.FileMode {
	if info.Mode()&0o100 != 0 {
		return 0o500
	}
	return 0o400
}
