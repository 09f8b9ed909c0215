package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// ownConnectionFile names a connection file for a kernel that was started without one.
func ownConnectionFile() (string, error) {
	dir, err := RuntimeDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("kernel: no place for a connection file: %w; set JUPYTER_RUNTIME_DIR", err)
	}
	return filepath.Join(dir, fmt.Sprintf("kernel-goray-%d.json", os.Getpid())), nil
}

// RuntimeDir is where Jupyter keeps the connection files of running kernels.
func RuntimeDir() (string, error) {
	if d := os.Getenv("JUPYTER_RUNTIME_DIR"); d != "" {
		return d, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("kernel: no home directory (%w); set JUPYTER_RUNTIME_DIR", err)
	}
	switch {
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Jupyter", "runtime"), nil
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter", "runtime"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter", "runtime"), nil
}
