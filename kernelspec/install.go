package kernelspec

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

//go:embed logo/*.png logo/*.svg
var logos embed.FS

// Options says where the kernel is made known, and as what.
type Options struct {
	Prefix  string // a Python environment or the like; empty: this user's own Jupyter data
	Name    string // directory and name for --kernel; empty: "goray"
	Display string // what front ends show; empty: "Go (goray)"
	Binary  string // program to run; empty: this one
}

// spec is kernel.json.
type spec struct {
	Argv      []string       `json:"argv"`
	Display   string         `json:"display_name"`
	Language  string         `json:"language"`
	Interrupt string         `json:"interrupt_mode"`
	Protocol  string         `json:"kernel_protocol_version"`
	Metadata  map[string]any `json:"metadata"`
}

// Jupyter allows no other names.
var validName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// Install writes the kernelspec, over one that is there, and returns its directory.
func Install(o Options) (dir string, err error) {
	if o.Name == "" {
		o.Name = "goray"
	}
	if !validName.MatchString(o.Name) {
		return "", fmt.Errorf("kernelspec: %q is no name for a kernel; use letters, digits, '.', '_' and '-'", o.Name)
	}
	if o.Display == "" {
		o.Display = "Go (goray)"
	}
	if o.Binary == "" {
		if o.Binary, err = os.Executable(); err != nil {
			return "", fmt.Errorf("kernelspec: %w", err)
		}
	}
	if o.Binary, err = filepath.Abs(o.Binary); err != nil {
		return "", fmt.Errorf("kernelspec: %w", err)
	}
	base := filepath.Join(o.Prefix, "share", "jupyter")
	if o.Prefix == "" {
		if base, err = DataDir(); err != nil {
			return "", err
		}
	}
	dir = filepath.Join(base, "kernels", o.Name)
	if err := o.write(dir); err != nil {
		return "", fmt.Errorf("kernelspec: cannot install into %s: %w; choose a writable place with --prefix, or --user", dir, err)
	}
	return dir, nil
}

func (o Options) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b, err := json.MarshalIndent(spec{
		Argv:      []string{o.Binary, "kernel", "-f", "{connection_file}"},
		Display:   o.Display,
		Language:  "go",
		Interrupt: "message",
		Protocol:  "5.5",
		Metadata:  map[string]any{"debugger": true, "supported_encryption": []string{"curve"}},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), append(b, '\n'), 0o644); err != nil {
		return err
	}
	return fs.WalkDir(logos, "logo", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := logos.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o644)
	})
}

// DataDir is where Jupyter keeps this user's data.
func DataDir() (string, error) {
	if d := os.Getenv("JUPYTER_DATA_DIR"); d != "" {
		return d, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("kernelspec: no home directory (%w); choose a place with --prefix", err)
	}
	switch {
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Jupyter"), nil
	case runtime.GOOS == "windows" && os.Getenv("APPDATA") != "":
		return filepath.Join(os.Getenv("APPDATA"), "jupyter"), nil
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}
