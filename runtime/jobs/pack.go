package jobs

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/workdir"
)

// MaxPackage is how large the zip file of a working directory may be, in bytes, as with Ray.
const MaxPackage = 500 << 20

// Pack makes a zip file of a directory, and a name for it that depends on its content alone. What
// its .gitignore and .rayignore files name, and what fits excludes (in the same notation), is left out.
func Pack(dir string, excludes []string) (name string, data []byte, err error) {
	if s, err := os.Stat(dir); err != nil || !s.IsDir() {
		return "", nil, fmt.Errorf("jobs: working directory %s: it is not a directory of this machine; check the path", dir)
	}
	return pack(dir, excludes, MaxPackage)
}

func pack(dir string, excludes []string, most int) (name string, data []byte, err error) {
	out := bounded{most: most}
	p := packer{root: dir, zip: zip.NewWriter(&out)}
	p.ignore.Add("", workdir.DefaultExcludes())
	p.ignore.Add("", excludes)
	if err = p.folder(""); err == nil {
		err = p.zip.Close()
	}
	if err != nil {
		return "", nil, fmt.Errorf("jobs: working directory %s: %w", dir, err)
	}
	sum := sha256.Sum256(out.Bytes())
	return "_ray_pkg_" + hex.EncodeToString(sum[:8]) + ".zip", out.Bytes(), nil
}

type packer struct {
	root   string
	ignore workdir.Ignoring
	zip    *zip.Writer
}

// bounded refuses what is too much while it is written: all of a huge file need not fit into memory.
type bounded struct {
	bytes.Buffer
	most int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		return 0, fmt.Errorf("its zip file has more than %d MiB; name large files in .gitignore, and let the job read them from where they are", b.most>>20)
	}
	return b.Buffer.Write(p)
}

// folder packs what lies in a folder, in the order of names. Times are left out: they would change
// the name of what has not changed.
func (p *packer) folder(below string) error {
	mark := len(p.ignore)
	defer func() { p.ignore = p.ignore[:mark] }()
	for _, file := range []string{".gitignore", ".rayignore"} {
		if err := p.ignore.Read(p.root, below, file); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(filepath.Join(p.root, filepath.FromSlash(below)))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if below != "" {
			name = below + "/" + name
		}
		if p.ignore.Skips(name, e.IsDir()) {
			continue
		}
		if e.IsDir() {
			err = p.folder(name)
		} else {
			err = p.file(name)
		}
		if err != nil {
			return err
		}
	}
	if len(entries) == 0 && below != "" { // as Ray does: a program may want to write there
		_, err = p.zip.CreateHeader(folderHeader(below))
	}
	return err
}

func folderHeader(name string) *zip.FileHeader {
	h := &zip.FileHeader{Name: name + "/"}
	h.SetMode(fs.ModeDir | 0o755)
	return h
}

// file packs one file. A link to a file is packed as that; sockets and the like, and links to folders,
// stay behind.
func (p *packer) file(name string) error {
	full := filepath.Join(p.root, filepath.FromSlash(name))
	info, err := os.Stat(full)
	if err != nil || !info.Mode().IsRegular() {
		return nil // a link that leads nowhere is no reason not to run
	}
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	mode := fs.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	h.SetMode(mode)
	w, err := p.zip.CreateHeader(h)
	if err != nil {
		return err
	}
	f, err := os.Open(full)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// Unpack writes what Pack has packed into a directory, which is made.
func Unpack(data []byte, dir string) error {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("jobs: the package is damaged: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // a name such as ../x cannot leave it
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			err = root.MkdirAll(strings.TrimSuffix(filepath.FromSlash(f.Name), "/"), 0o700)
		} else {
			err = unpackFile(root, f)
		}
		if err != nil {
			return fmt.Errorf("jobs: the package's file %s: %w", f.Name, err)
		}
	}
	return nil
}

func unpackFile(root *os.Root, f *zip.File) error {
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(f.Name)), 0o700); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(filepath.FromSlash(f.Name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, f.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if e := out.Close(); err == nil {
		err = e
	}
	return err
}

// Excludes reads the "excludes" of a runtime environment.
func Excludes(v any) (list []string, err error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []string:
		return v, nil
	case []any:
		for _, x := range v {
			text, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("jobs: runtime_env's excludes has a %T; give texts in the notation of .gitignore", x)
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, fmt.Errorf("jobs: runtime_env's excludes is a %T; give a list of texts in the notation of .gitignore", v)
}
