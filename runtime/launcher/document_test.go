package launcher_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/launcher"
)

// Every case is a file and what must be said of it; the golden file holds the whole text.
func TestProblems(t *testing.T) {
	for name, text := range map[string]string{
		"unknown":     "cluster_name: a\nmax_worker: 2\nprovider:\n  type: aws\n  region: us-west-2\n",
		"types":       "cluster_name: 7\nmax_workers: \"two\"\nprovider:\n  type: aws\n  region: us-west-2\nsetup_commands: pip install x\nauth: [ubuntu]\n",
		"item":        "cluster_name: a\nprovider:\n  type: aws\n  region: r\nsetup_commands:\n  - echo a: b\n  - true\n",
		"twice":       "cluster_name: a\ncluster_name: b\nprovider:\n  type: aws\n  region: r\n",
		"missing":     "max_workers: 2\n",
		"no-type":     "cluster_name: a\nprovider:\n  region: us-west1\n",
		"provider":    "cluster_name: a\nprovider:\n  type: gpc\n  region: us-west1\n",
		"needs":       "cluster_name: a\nprovider:\n  type: azure\n  location: westus2\n",
		"head":        "cluster_name: a\nprovider:\n  type: aws\n  region: r\nhead_node_type: head\navailable_node_types:\n  hed:\n    resources: {}\n    node_config: {}\n",
		"counts":      "cluster_name: a\nmax_workers: 1\nprovider:\n  type: aws\n  region: r\nhead_node_type: h\navailable_node_types:\n  h:\n    node_config: {}\n  w:\n    min_workers: 3\n    max_workers: 2\n    node_config: {}\n",
		"local-types": "cluster_name: a\nprovider:\n  type: local\n  head_ip: 10.0.0.1\n  worker_ips: []\nhead_node_type: h\navailable_node_types:\n  h:\n    node_config: {}\n",
		"tab":         "cluster_name: a\nprovider:\n\ttype: aws\n",
		"syntax":      "cluster_name: a\nprovider:\n  type: aws\n   region: x\n",
		"elsewhere":   "cluster_name: a\nssh_user: ubuntu\nprovider:\n  type: aws\n  region: r\n  max_workers: 3\n  regoin: r\n",
		"lost-types":  "cluster_name: a\nprovider:\n  type: aws\n  region: r\navailable_node_types:\nhead:\nresources: {CPU: 1}\nnode_config: {}\nhead_node_type: head\n",
		"empty":       "# nothing\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := launcher.Parse("cluster.yaml", []byte(text))
			var p *launcher.Problems
			if !errors.As(err, &p) {
				t.Fatalf("got %v, want problems", err)
			}
			golden(t, filepath.Join("problems", name+".txt"), err.Error()+"\n")
		})
	}
}

// The files of a published page, whose indentation was lost on the way, mean what they meant.
func TestLostIndentation(t *testing.T) {
	for _, name := range []string{"gcp-lost", "azure-lost"} {
		doc, err := launcher.Load(filepath.Join("testdata", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+"-repaired.yaml", doc.Repaired)
		if len(doc.Notes) != 2 || doc.Notes[0].Line != 4 || doc.Notes[1].Line != len(strings.Split(doc.Repaired, "\n"))-1 {
			t.Errorf("%s: notes %v", name, doc.Notes)
		}
	}
}

// A file that is right is left as it is, whatever its style.
func TestNothingToRepair(t *testing.T) {
	for _, name := range []string{"aws", "local", "kubernetes", "fake"} {
		doc, err := launcher.Load(filepath.Join("testdata", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if doc.Repaired != "" || len(doc.Notes) > 0 {
			t.Errorf("%s: %v\n%s", name, doc.Notes, doc.Repaired)
		}
	}
}

// Half of a section lost its indentation; a comment and a list stand between.
func TestHalfLost(t *testing.T) {
	doc, err := launcher.Parse("c.yaml", []byte(`cluster_name: a
provider:
    type: gcp
    region: us-west1

# the zone
availability_zone: us-west1-a
tags:
    team: lab
setup_commands:
- echo hi
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `cluster_name: a
provider:
    type: gcp
    region: us-west1

# the zone
    availability_zone: us-west1-a
    tags:
        team: lab
setup_commands:
- echo hi
`
	if doc.Repaired != want {
		t.Errorf("got\n%s", doc.Repaired)
	}
}

func TestNoFile(t *testing.T) {
	_, err := launcher.Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "goray up cluster.yaml") {
		t.Errorf("got %v", err)
	}
}

// TestNamesOfFiles: a cluster's name becomes part of paths, and must not lead elsewhere.
func TestNamesOfFiles(t *testing.T) {
	doc, err := launcher.Parse("c.yaml", []byte("provider:\n  type: aws\n  region: r\ncluster_name: ../../a\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Cluster(launcher.Overrides{}); err == nil || !strings.Contains(err.Error(), "line 4: the cluster cannot be called \"../../a\"") {
		t.Error(err)
	}
	if c, err := doc.Cluster(launcher.Overrides{Name: "lab-2.b_C"}); err != nil || c.Name != "lab-2.b_C" {
		t.Error(c, err)
	}
}
