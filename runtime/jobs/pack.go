package jobs

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/workdir"
)

// MaxPackage is how large the zip file of a working directory may be, in bytes, as with Ray.
const MaxPackage = workdir.MaxBytes

// Pack makes a zip file of a directory, and a name for it that depends on its content alone. What
// its .gitignore and .rayignore files name, and what fits excludes (in the same notation), is left out.
func Pack(dir string, excludes []string) (name string, data []byte, err error) {
	data, sum, err := workdir.Zip(dir, excludes)
	if err != nil {
		return "", nil, fmt.Errorf("jobs: %w", err)
	}
	return "_ray_pkg_" + sum[:16] + ".zip", data, nil
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
