package doctor

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
)

// Jupyter looks for Jupyter, and for a kernel of this name in the places where Jupyter does.
func Jupyter(kernel string) Check {
	return Check{"jupyter", func() Finding {
		command, err := exec.LookPath("jupyter")
		if err != nil {
			return Bad(Warning, "pip install jupyterlab, or make lab", "no jupyter in PATH; goray repl and goray run work without")
		}
		dirs := filepath.SplitList(os.Getenv("JUPYTER_PATH"))
		if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
			dirs = append(dirs, dir)
		} else if home, err := os.UserHomeDir(); err == nil {
			dirs = append(dirs, filepath.Join(home, ".local/share/jupyter"), filepath.Join(home, "Library/Jupyter"))
		}
		if real, err := filepath.EvalSymlinks(command); err == nil {
			dirs = append(dirs, filepath.Join(filepath.Dir(filepath.Dir(real)), "share/jupyter"))
		}
		dirs = append(dirs, filepath.Join(filepath.Dir(filepath.Dir(command)), "share/jupyter"), "/usr/local/share/jupyter", "/usr/share/jupyter")
		for _, dir := range dirs {
			text, err := os.ReadFile(filepath.Join(dir, "kernels", kernel, "kernel.json"))
			if err != nil {
				continue
			}
			var spec struct{ Argv []string }
			if err := json.Unmarshal(text, &spec); err != nil || len(spec.Argv) == 0 {
				return Bad(Warning, "goray install", "%s has a kernel that is damaged", dir)
			}
			if _, err := os.Stat(spec.Argv[0]); err != nil && filepath.IsAbs(spec.Argv[0]) {
				return Bad(Warning, "goray install", "the kernel in %s runs %s, which is not there", dir, spec.Argv[0])
			}
			return Good("%s, with the kernel in %s", command, dir)
		}
		return Bad(Warning, "goray install", "%s does not have the kernel %q", command, kernel)
	}}
}
