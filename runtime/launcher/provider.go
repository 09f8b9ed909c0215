package launcher

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// provider is what we must know of one of Ray's providers: its defaults, how its machine types are
// written, and what it needs before it can create anything.
type provider struct {
	title      string
	needs      []string // keys that the provider section must have
	maxWorkers int
	sshUser    string
	types      []NodeType // Ray's defaults.yaml of the provider
	// machine reads the machine type out of a node_config.
	machine func(config map[string]any) (name string, spot bool)
	// counted says that min_workers at the top of the file counts. Ray has moved it into the node
	// types for its clouds, and ignores it there.
	counted bool
	// machines counts the workers that the file lists by address.
	machines func(settings map[string]any) int
	// place says where the machines stand.
	place func(c *Cluster) string
	// module is the Python module beside Ray without which Ray's provider does not load, and the
	// package that brings it.
	module, pip string
	// missing names what else must be there before anything is created.
	missing func(c *Cluster, s Surroundings) []string
	ssh     bool // the nodes are reached through ssh
	// environment are the commands that make a Python usable on the provider's default image.
	environment []string
}

func (p provider) hasType(name string) bool {
	for _, t := range p.types {
		if t.Name == name {
			return true
		}
	}
	return false
}

// Surroundings are what the checks before a launch look at.
type Surroundings struct {
	Getenv func(string) string
	Home   string
	// Exists reports whether a file is there.
	Exists func(path string) bool
	// Command reports whether a program is on the PATH.
	Command func(name string) bool
	// Module reports whether Ray's Python can import a module.
	Module func(name string) bool
}

// Here is the machine that this process runs on; python is Ray's.
func Here(python string) Surroundings {
	home, _ := os.UserHomeDir()
	return Surroundings{
		Getenv: os.Getenv, Home: home,
		Exists:  func(path string) bool { _, err := os.Stat(path); return err == nil },
		Command: func(name string) bool { _, err := exec.LookPath(name); return err == nil },
		Module: func(name string) bool {
			return exec.Command(python, "-c", "import importlib; importlib.import_module('"+name+"')").Run() == nil
		},
	}
}

// has reports whether one of the variables is set or one of the files, below home, is there.
func (s Surroundings) has(variables []string, files ...string) bool {
	for _, v := range variables {
		if s.Getenv(v) != "" {
			return true
		}
	}
	for _, f := range files {
		if s.Exists(filepath.Join(s.Home, f)) {
			return true
		}
	}
	return false
}

// Missing names everything that keeps the cluster from being launched, each with its cure. Nothing
// was created when it is asked.
func (c *Cluster) Missing(s Surroundings) []string {
	p := providers[c.Provider]
	var out []string
	if p.module != "" && !s.Module(p.module) {
		out = append(out, fmt.Sprintf("the Python module %s in Ray's environment: python -m pip install %s", p.module, p.pip))
	}
	if p.missing != nil {
		out = append(out, p.missing(c, s)...)
	}
	if p.ssh {
		for _, program := range []string{"ssh", "rsync"} {
			if !s.Command(program) {
				out = append(out, fmt.Sprintf("the program %s, with which Ray's launcher reaches the nodes: install the package %s", program,
					map[string]string{"ssh": "openssh-client", "rsync": "rsync"}[program]))
			}
		}
		if c.SSHKey != "" && !s.Exists(expand(c.SSHKey, s.Home)) {
			out = append(out, fmt.Sprintf("the file %s, which auth.ssh_private_key names", c.SSHKey))
		}
	}
	return out
}

func expand(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(home, rest)
	}
	return path
}

// lookup reads a text out of nested sections.
func lookup(m map[string]any, path ...string) string {
	for i, key := range path {
		if i == len(path)-1 {
			s, _ := m[key].(string)
			return s
		}
		m, _ = m[key].(map[string]any)
	}
	return ""
}
