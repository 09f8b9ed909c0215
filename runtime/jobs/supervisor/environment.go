package supervisor

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/jobs"
)

// environment is what a job's runtime environment says.
type environment struct {
	vars     []string // KEY=VALUE
	excludes []string
	pkg      string // file of the working directory; empty for none
}

// scheme is that of packages which were given to the server.
const scheme = "gcs://"

// readEnvironment checks a runtime environment, and takes the working directory from it.
func readEnvironment(s *jobs.Submission) (env environment, err error) {
	for _, key := range slices.Sorted(maps.Keys(s.RuntimeEnv)) {
		v := s.RuntimeEnv[key]
		switch key {
		case "env_vars":
			vars, ok := stringMap(v)
			if !ok {
				return env, fmt.Errorf("jobs: runtime_env's env_vars is a %T; give a map of texts", v)
			}
			for _, name := range slices.Sorted(maps.Keys(vars)) {
				if name == "" || strings.ContainsAny(name, "=\x00") {
					return env, fmt.Errorf("jobs: runtime_env's env_vars has the name %q; use letters, digits and '_'", name)
				}
				env.vars = append(env.vars, name+"="+vars[name])
			}
		case "working_dir":
			dir, ok := v.(string)
			if !ok {
				return env, fmt.Errorf("jobs: runtime_env's working_dir is a %T; give a path", v)
			}
			if s.WorkingDir == "" {
				s.WorkingDir = dir
			}
		case "excludes":
			if env.excludes, err = jobs.Excludes(v); err != nil {
				return env, err
			}
		default:
			return env, fmt.Errorf("jobs: this head knows no %q in a runtime_env; it knows env_vars, excludes and working_dir, and what else the program needs its entrypoint can install", key)
		}
	}
	return env, nil
}

func stringMap(v any) (map[string]string, bool) {
	if m, ok := v.(map[string]string); ok {
		return m, true
	}
	any, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	out := map[string]string{}
	for name, x := range any {
		if out[name], ok = x.(string); !ok {
			return nil, false
		}
	}
	return out, true
}

// goodPackage is how packages are called, here and in Ray.
var goodPackage = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\.zip$`)

func (s *Supervisor) packageFile(name string) (string, error) {
	if !goodPackage.MatchString(name) {
		return "", fmt.Errorf("jobs: %q does not name a package; it is a .zip file of letters, digits, '_', '-' and '.'", name)
	}
	return filepath.Join(s.cfg.Dir, "packages", name), nil
}

// HasPackage reports whether a package was given to this server.
func (s *Supervisor) HasPackage(name string) bool {
	file, err := s.packageFile(name)
	if err == nil {
		_, err = os.Stat(file)
	}
	return err == nil
}

// AddPackage keeps a package.
func (s *Supervisor) AddPackage(name string, data []byte) error {
	file, err := s.packageFile(name)
	if err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(file), "part-")
	if err != nil {
		return err
	}
	_, err = part.Write(data)
	if e := part.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(part.Name(), file) // whoever finds it finds all of it
	}
	if err != nil {
		os.Remove(part.Name())
	}
	return err
}

// resolve finds, or makes, the package of a working directory.
func (s *Supervisor) resolve(dir string, excludes []string) (file string, err error) {
	if dir == "" {
		return "", nil
	}
	name, given := strings.CutPrefix(dir, scheme)
	switch {
	case given && !s.HasPackage(name):
		return "", fmt.Errorf("jobs: the head has no package %s; give it the directory again", dir)
	case !given && strings.Contains(dir, "://"):
		return "", fmt.Errorf("jobs: the working directory %s is neither a directory nor a package; download it first", dir)
	case !given:
		var data []byte
		if name, data, err = jobs.Pack(dir, excludes); err == nil && !s.HasPackage(name) {
			err = s.AddPackage(name, data)
		}
		if err != nil {
			return "", err
		}
	}
	return s.packageFile(name)
}
