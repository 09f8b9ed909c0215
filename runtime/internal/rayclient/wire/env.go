package wire

import "github.com/goray/goray/runtime/internal/core"

// Env is a runtime environment in Ray's words; its directory is the address of a package. It is nil for
// an environment that is nothing of its own.
func Env(e *core.Env) map[string]any {
	if e == nil {
		return nil
	}
	m := map[string]any{}
	if len(e.Vars) > 0 {
		vars := map[string]any{}
		for name, value := range e.Vars {
			vars[name] = value
		}
		m["env_vars"] = vars
	}
	if e.Dir != "" {
		m["working_dir"] = e.Dir
	}
	if len(e.Pip) > 0 {
		pip := []any{}
		for _, p := range e.Pip {
			pip = append(pip, p)
		}
		m["pip"] = pip
	}
	return m
}

// PackageURI is the address in Ray's store of a working directory whose content has a hash.
func PackageURI(sum string) string { return "gcs://_ray_pkg_goray_" + sum + ".zip" }
