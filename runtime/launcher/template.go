package launcher

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// RayVersion is the release of Ray that clusters get where their file does not install one itself:
// the newest that this release of goray was tested against.
const RayVersion = "2.60.0"

// nodeBinary is where goray lies on the nodes: in the home of the ssh user, so that nothing needs root.
const nodeBinary = "~/.goray/bin/goray"

// Additions are what goray puts on the nodes of a cluster.
type Additions struct {
	// Binary is the file of goray for the nodes' platform; "" leaves it out.
	Binary string
	// XGBoost puts libxgboost, which train.XGBoost and tune need, into the cache in which goray looks
	// for it.
	XGBoost bool
}

// xgboostVersion is the release that goray binds.
const xgboostVersion = "3.2.0"

// getXGBoost unpacks the library's wheel where goray looks for it. Nothing is installed into Python.
const getXGBoost = `test -e ~/.cache/goray/lib/xgboost-` + xgboostVersion + `/xgboost/lib/libxgboost.so || ` +
	`(pip download -q --no-deps -d ~/.cache/goray/wheel xgboost-cpu==` + xgboostVersion + ` && ` +
	`python3 -m zipfile -e ~/.cache/goray/wheel/xgboost_cpu-` + xgboostVersion + `-*.whl ~/.cache/goray/lib/xgboost-` + xgboostVersion + `)`

// setup are the commands that every node runs. Those of the file come first and are kept as they
// are; a file without any gets Ray in the release that goray was tested against, because the
// default of Ray's launcher is a nightly build.
func (c *Cluster) setup(a Additions) []string {
	p := providers[c.Provider]
	var out []string
	switch {
	case c.Setup != nil:
		out = append(out, c.Setup...)
	case c.Provider == "local":
		// Machines that stand there belong to somebody: nothing is installed unasked, as in Ray.
	default:
		out = append(out, p.environment...)
		out = append(out, fmt.Sprintf(`which ray || pip install -U "ray[default,client]==%s"`, RayVersion))
	}
	if a.XGBoost {
		out = append(out, getXGBoost)
	}
	if a.Binary != "" {
		out = append(out, `chmod 755 `+nodeBinary,
			`grep -q .goray/bin ~/.bashrc 2>/dev/null || echo 'export PATH="$HOME/.goray/bin:$PATH"' >> ~/.bashrc`)
	}
	return out
}

// takesAdditions reports whether the nodes are set up through ssh, by commands and copied files.
func (c *Cluster) takesAdditions() bool { return providers[c.Provider].ssh }

// Effective is the cluster file that Ray's launcher gets: the user's, repaired, with the additions.
func (c *Cluster) Effective(a Additions) ([]byte, error) {
	tree, err := c.document.tree()
	if err != nil {
		return nil, err
	}
	// Ray would ignore it, and warn of it each time; the note of the file says it once.
	if _, top := tree["min_workers"]; top && c.Provider != "local" {
		delete(tree, "min_workers")
	}
	if c.takesAdditions() {
		if a.Binary != "" {
			mounts, _ := tree["file_mounts"].(map[string]any)
			if mounts == nil {
				mounts = map[string]any{}
			}
			mounts[nodeBinary] = a.Binary
			tree["file_mounts"] = mounts
		}
		if commands := c.setup(a); commands != nil {
			tree["setup_commands"] = commands
		}
	}
	return yaml.Marshal(tree)
}

// writeEffective puts the effective file into the user's cache. Its name follows from its content,
// so that two clusters, and two states of one, never share it; Ray compares contents anyway.
func (c *Cluster) writeEffective(a Additions) (string, error) {
	raw, err := c.Effective(a)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "goray", "clusters")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	path := filepath.Join(dir, c.Name+"-"+hex.EncodeToString(sum[:6])+".yaml")
	// The file may hold credentials, as the user's does.
	return path, os.WriteFile(path, raw, 0o600)
}
