package launcher_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/launcher"
)

var planned = []string{"gcp-lost", "azure-lost", "aws", "local", "kubernetes", "fake"}

func cluster(t *testing.T, name string) *launcher.Cluster {
	t.Helper()
	doc, err := launcher.Load(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := doc.Cluster(launcher.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPlans(t *testing.T) {
	for _, name := range planned {
		golden(t, name+".plan", cluster(t, name).Plan(launcher.Additions{Binary: "/opt/goray"}))
	}
}

// What Ray's launcher gets is the user's file with our additions, and nothing lost.
func TestEffective(t *testing.T) {
	for _, name := range []string{"gcp-lost", "aws", "local"} {
		raw, err := cluster(t, name).Effective(launcher.Additions{Binary: "/opt/goray"})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".effective.yaml", string(raw))
	}
}

// nowhere is a machine without anything.
func nowhere() launcher.Surroundings {
	return launcher.Surroundings{Home: "/home/u",
		Getenv:  func(string) string { return "" },
		Exists:  func(string) bool { return false },
		Command: func(string) bool { return false },
		Module:  func(string) bool { return false },
	}
}

func TestMissingIsNamed(t *testing.T) {
	var b strings.Builder
	for _, name := range planned {
		b.WriteString(name + "\n")
		for _, m := range cluster(t, name).Missing(nowhere()) {
			b.WriteString("  - " + m + "\n")
		}
	}
	golden(t, "missing.txt", b.String())
}

// With everything there nothing is missing, and each single thing is named when it alone is not there.
func TestMissingOneByOne(t *testing.T) {
	for _, c := range []struct {
		cluster string
		env     map[string]string
		files   []string
		want    string // part of the single complaint; "" for none
	}{
		{"gcp-lost", nil, []string{"/home/u/.config/gcloud/application_default_credentials.json"}, ""},
		{"gcp-lost", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "/k.json"}, []string{"/k.json"}, ""},
		{"gcp-lost", map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "/k.json"}, nil, "/k.json, which GOOGLE_APPLICATION_CREDENTIALS names"},
		{"aws", map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}, nil, ""},
		{"aws", map[string]string{"AWS_ACCESS_KEY_ID": "x"}, nil, "AWS_SECRET_ACCESS_KEY"},
		{"azure-lost", map[string]string{"AZURE_CLIENT_ID": "x", "AZURE_TENANT_ID": "t", "AZURE_SUBSCRIPTION_ID": "s"}, nil, ""},
		{"azure-lost", map[string]string{"AZURE_CLIENT_ID": "x", "AZURE_SUBSCRIPTION_ID": "s"}, nil, "AZURE_TENANT_ID"},
		{"azure-lost", map[string]string{"AZURE_CLIENT_ID": "x", "AZURE_TENANT_ID": "t"}, nil, "subscription"},
		{"local", nil, []string{"/home/u/.ssh/attic"}, ""},
		{"local", nil, nil, "~/.ssh/attic, which auth.ssh_private_key names"},
		{"kubernetes", nil, []string{"/home/u/.kube/config"}, ""},
		{"kubernetes", map[string]string{"KUBECONFIG": "/k"}, nil, "/k, which KUBECONFIG names"},
		{"fake", nil, nil, ""},
	} {
		got := cluster(t, c.cluster).Missing(launcher.Surroundings{Home: "/home/u",
			Getenv:  func(k string) string { return c.env[k] },
			Exists:  func(f string) bool { return slices.Contains(c.files, f) },
			Command: func(string) bool { return true },
			Module:  func(string) bool { return true },
		})
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s with %v, %v: got %q, want %q", c.cluster, c.env, c.files, got, c.want)
		}
	}
}

func run(name string, args ...string) (code int, out, err string) {
	var o, e bytes.Buffer
	code = launcher.Main(name, args, &o, &e)
	return code, o.String(), e.String()
}

func TestDryRunNeedsNothing(t *testing.T) {
	t.Setenv("GORAY_RAY", "/nowhere")
	code, out, err := run("up", "--dry-run", "--goray", "none", "--max-workers", "5", "-n", "other", "testdata/gcp-lost.yaml")
	if code != 0 || !strings.Contains(out, "plan for other on Google Cloud") || !strings.Contains(out, "0 at least, 5 at most") || err != "" {
		t.Errorf("%d\n%s\n%s", code, out, err)
	}
}

func TestWithXGBoost(t *testing.T) {
	code, out, err := run("up", "--dry-run", "--with", "xgboost", "testdata/local.yaml")
	if code != 0 || !strings.Contains(out, "xgboost-cpu==3.2.0") {
		t.Errorf("%d\n%s\n%s", code, out, err)
	}
}

func TestCommandLineErrors(t *testing.T) {
	t.Setenv("GORAY_RAY", "")
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct {
		want string
		code int
		name string
		args []string
	}{
		{"no cluster file; usage: goray up CLUSTER.yaml", 2, "up", nil},
		{"no flag --no-restrat", 2, "up", []string{"--no-restrat", "testdata/aws.yaml"}},
		{"nothing to run; usage: goray exec CLUSTER.yaml COMMAND", 2, "exec", []string{"testdata/aws.yaml"}},
		{"--max-workers must be a number of nodes, not \"many\"", 2, "up", []string{"--max-workers=many", "testdata/aws.yaml"}},
		{"--with torch: known is xgboost", 2, "up", []string{"--with", "torch", "testdata/aws.yaml"}},
		{"--port needs a value", 2, "dashboard", []string{"testdata/aws.yaml", "--port"}},
		{"Ray's launcher was not found", 1, "up", []string{"-y", "testdata/aws.yaml"}},
		{"no such file or directory", 2, "down", []string{"-y", "testdata/none.yaml"}},
		{"--goray /none/goray: no such file", 1, "up", []string{"-y", "--goray", "/none/goray", "testdata/aws.yaml"}},
	} {
		code, _, err := run(c.name, c.args...)
		if code != c.code || !strings.Contains(err, c.want) {
			t.Errorf("goray %s %q: exit %d, %q; want %d, %q", c.name, c.args, code, err, c.code, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, name := range launcher.Verbs() {
		if args, help := launcher.Help(name); args == "" || help == "" {
			t.Errorf("%s: %q %q", name, args, help)
		}
	}
}
