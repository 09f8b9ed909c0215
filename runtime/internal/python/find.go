package python

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Where the interpreter is looked for, in this order, and then "python3" in the PATH.
const (
	EnvPython     = "GORAY_PYTHON"
	envVirtualEnv = "VIRTUAL_ENV"
)

// Env is where Python code runs. The zero value is the interpreter that Find finds, in the directory of
// this process.
type Env struct {
	Executable string   // "" is what Find finds
	Dir        string   // working directory; "" is that of this process
	Path       []string // folders before those that Python looks into for modules; Dir is one, too
	Vars       []string // of the environment, "KEY=VALUE", besides those of this process
}

// key tells the environments apart whose processes can be shared. Path can differ from call to call.
func (e Env) key() string { return fmt.Sprintf("%q", []any{e.Executable, e.Dir, e.Vars}) }

// Find returns the path of the interpreter.
func Find(chosen string) (string, error) {
	from := "PythonEnv.Executable"
	if chosen == "" {
		chosen, from = os.Getenv(EnvPython), "$"+EnvPython
	}
	if chosen != "" {
		path, err := exec.LookPath(chosen)
		if err != nil {
			return "", fmt.Errorf("%s names %s, which is no program (%w); set it to an interpreter, as in %s=/usr/bin/python3", from, chosen, cause(err), EnvPython)
		}
		return path, nil
	}
	if venv := os.Getenv(envVirtualEnv); venv != "" {
		path := filepath.Join(venv, "bin", "python")
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("$%s has no Python (%w); make it anew with python3 -m venv %s, or set %s", envVirtualEnv, err, venv, EnvPython)
		}
		return path, nil
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Python: python3 is not in the PATH, and $%s and $%s are not set; install it (apt-get install python3), or set %s to an interpreter", EnvPython, envVirtualEnv, EnvPython)
}

func cause(err error) error { return cmp.Or(errors.Unwrap(err), err) }
