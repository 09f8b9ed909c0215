package launcher

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// EnvRay names the Python environment that has Ray: its folder, or its python. Without it the one
// whose ray command is on the PATH is used.
const EnvRay = "GORAY_RAY"

// ErrNoRay is returned where no Python environment with Ray is found.
var ErrNoRay = errors.New("launcher: Ray's launcher was not found: python3 -m venv ~/ray && ~/ray/bin/pip install \"ray[default,client]==" +
	RayVersion + "\", then set " + EnvRay + "=~/ray, or put its bin folder on the PATH")

// FindRay returns the python of the environment that has Ray. Whether Ray can be imported in it is
// seen when it is used: asking takes a second.
func FindRay() (string, error) {
	if named := os.Getenv(EnvRay); named != "" {
		home, _ := os.UserHomeDir()
		named = expand(named, home)
		if info, err := os.Stat(named); err == nil && !info.IsDir() {
			return named, nil
		}
		python := filepath.Join(named, "bin", "python")
		if _, err := os.Stat(python); err != nil {
			return "", errors.New("launcher: " + EnvRay + "=" + named + " is no Python environment (there is no bin/python in it); name its folder or its python")
		}
		return python, nil
	}
	command, err := exec.LookPath("ray")
	if err != nil {
		return "", ErrNoRay
	}
	if real, err := filepath.EvalSymlinks(command); err == nil {
		command = real
	}
	if python := filepath.Join(filepath.Dir(command), "python"); isFile(python) {
		return python, nil
	}
	// A ray command elsewhere names its python in its first line.
	raw, err := os.ReadFile(command)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	if python, ok := strings.CutPrefix(first, "#!"); ok {
		return strings.TrimSpace(python), nil
	}
	return "", ErrNoRay
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// rayCommand is Ray's own command line. The module is run instead of the script because the script
// names the environment's first place, which is wrong once an environment was moved or copied.
func rayCommand(python string, args ...string) *exec.Cmd {
	cmd := exec.Command(python, append([]string{"-m", "ray.scripts.scripts"}, args...)...)
	cmd.Env = os.Environ()
	return cmd
}
