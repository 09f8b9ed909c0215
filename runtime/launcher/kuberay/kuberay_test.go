package kuberay_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/launcher/kuberay"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// lab has everything that a manifest can have.
var lab = kuberay.Options{
	Name: "lab", Namespace: "teams", GorayImage: "registry.example/goray:1", ServiceAccount: "ray", IdleSeconds: 90,
	Head: kuberay.Group{CPUs: "500m"},
	Workers: []kuberay.Group{
		{Name: "small", Min: 1, Max: 3, Resources: map[string]int{"bench": 1, "a": 2}, Env: map[string]string{"TZ": "UTC"}},
		{Name: "gpu", Max: 2, CPUs: "8", Memory: "32Gi", GPUs: 1},
	},
}

const serveConfig = "applications:\n  - name: app\n    import_path: app:graph\n    route_prefix: /\n"

// rendered are all kinds of manifest, by the name of their golden file.
func rendered(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	keep := func(name string, raw []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = raw
	}
	raw, err := kuberay.Render(kuberay.Options{Name: "small"})
	keep("default", raw, err)
	raw, err = kuberay.Render(lab)
	keep("cluster", raw, err)
	raw, err = kuberay.RenderJob(lab, kuberay.Job{Entrypoint: "goray run train.go", RuntimeEnv: "env_vars:\n  A: \"1\"\n"})
	keep("job", raw, err)
	raw, err = kuberay.RenderService(kuberay.Options{Name: "web", NoToken: true}, kuberay.Service{ServeConfig: serveConfig})
	keep("service", raw, err)
	return out
}

func TestGolden(t *testing.T) {
	for name, got := range rendered(t) {
		file := filepath.Join("testdata", name+".yaml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs (rewrite with -update):\n%s", file, got)
		}
		if wrong := kuberay.Check(got); len(wrong) > 0 {
			t.Errorf("%s: %q", file, wrong)
		}
	}
}

// Each change to a good manifest is found, with its line.
func TestCheckFinds(t *testing.T) {
	good := string(rendered(t)["cluster"])
	for _, c := range []struct{ old, new, want string }{
		{"kind: RayCluster", "kind: RayClutser", `has no kind "RayClutser"`},
		{"apiVersion: ray.io/v1\n", "apiVersion: ray.io/v2\n", "apiVersion of a RayCluster is ray.io/v1"},
		{"enableInTreeAutoscaling: true", "enableInTreeAutoscaling: \"yes\"", "enableInTreeAutoscaling must be of type bool"},
		{"maxReplicas: 3", "maxReplica: 3", `has no key "maxReplica"`},
		{"      maxReplicas: 3\n", "", "a worker group has no maxReplicas"},
		{"version: v2", "version: v3", "must be one of v1, v2"},
		{"mode: token", "mode: open", "must be one of token, disabled"},
		{"dashboard-host: 0.0.0.0", "dashboard-host: 0", "values of rayStartParams are texts"},
		{"memory: 32Gi", "memory: 32GB", `"32GB" is no amount`},
		{"image: rayproject", "imag: rayproject", `has no key "imag"`},
		{"name: lab", "name: Lab_1", "no name that Kubernetes takes"},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%q is not in the manifest", c.old)
		}
		got := kuberay.Check([]byte(bad))
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, c.want) && strings.HasPrefix(s, "line ") }) {
			t.Errorf("%q → %q: got %q, want %q", c.old, c.new, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, o := range map[string]kuberay.Options{
		`"My Lab" cannot be a name`:        {Name: "My Lab"},
		"group w: 3 to 1 pods is no range": {Name: "a", Workers: []kuberay.Group{{Name: "w", Min: 3, Max: 1}}},
		`two groups are named "w"`:         {Name: "a", Workers: []kuberay.Group{{Name: "w"}, {Name: "w"}}},
		`Memory "lots" is no amount`:       {Name: "a", Head: kuberay.Group{Memory: "lots"}},
		`group "W_1"`:                      {Name: "a", Workers: []kuberay.Group{{Name: "W_1"}}},
	} {
		if _, err := kuberay.Render(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := kuberay.RenderJob(lab, kuberay.Job{}); err == nil {
		t.Error("a job without an entrypoint was rendered")
	}
	if _, err := kuberay.RenderService(lab, kuberay.Service{ServeConfig: "apps: []"}); err == nil {
		t.Error("a service without applications was rendered")
	}
}

// GORAY_KUBERAY_CRDS names a folder with KubeRay's definitions (rayclusters.yaml, rayjobs.yaml,
// rayservices.yaml out of its config/crd/bases); they are large and not ours, so they are not kept here.
func TestAgainstTheDefinitions(t *testing.T) {
	dir := os.Getenv("GORAY_KUBERAY_CRDS")
	if dir == "" {
		t.Skip("GORAY_KUBERAY_CRDS is not set: KubeRay's definitions are not here")
	}
	for name, raw := range rendered(t) {
		var m map[string]any
		if err := yaml.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		kind := strings.ToLower(m["kind"].(string)) + "s"
		for _, wrong := range against(schemaOf(t, filepath.Join(dir, kind+".yaml")), m, name) {
			t.Error(wrong)
		}
		m["spec"].(map[string]any)["none"] = 1
		if len(against(schemaOf(t, filepath.Join(dir, kind+".yaml")), m, name)) == 0 {
			t.Errorf("%s: a key that does not exist was not found", name)
		}
	}
}

func schemaOf(t *testing.T, file string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Skip(err)
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Name   string
				Schema map[string]map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(raw, &crd); err != nil {
		t.Fatal(err)
	}
	for _, v := range crd.Spec.Versions {
		if v.Name == "v1" {
			return v.Schema["openAPIV3Schema"]
		}
	}
	t.Fatalf("%s has no version v1", file)
	return nil
}

// against checks a value against an OpenAPI schema in the parts that definitions use.
func against(schema map[string]any, v any, at string) []string {
	if schema["x-kubernetes-preserve-unknown-fields"] == true {
		return nil
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, at+": "+fmt.Sprintf(format, args...)) }
	switch v := v.(type) {
	case map[string]any:
		props, _ := schema["properties"].(map[string]any)
		extra, _ := schema["additionalProperties"].(map[string]any)
		if schema["type"] != "object" {
			say("a section where %v belongs", schema["type"])
			return out
		}
		for k, item := range v {
			s, known := props[k].(map[string]any)
			if !known {
				s = extra
			}
			if s == nil && at != "" && !(k == "name" || k == "namespace") {
				say("no key %q", k)
			} else if s != nil {
				out = append(out, against(s, item, at+"."+k)...)
			}
		}
		required, _ := schema["required"].([]any)
		for _, r := range required {
			if _, ok := v[r.(string)]; !ok {
				say("%v is missing", r)
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		if items == nil {
			say("a list where %v belongs", schema["type"])
			return out
		}
		for i, item := range v {
			out = append(out, against(items, item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	default:
		want := map[string]string{"string": "string", "int": "integer", "bool": "boolean"}[fmt.Sprintf("%T", v)]
		if schema["x-kubernetes-int-or-string"] != true && schema["type"] != want {
			say("%v is no %v", v, schema["type"])
		}
		if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
			say("%v is not one of %v", v, enum)
		}
	}
	return out
}

func ExampleRender() {
	manifest, err := kuberay.Render(kuberay.Options{Name: "lab", Workers: []kuberay.Group{{Name: "small", Max: 3}}})
	fmt.Println(err)
	head, _, _ := strings.Cut(string(manifest), "spec:")
	fmt.Print(head)
	fmt.Println(len(kuberay.Check(manifest)))
	// Output:
	// <nil>
	// apiVersion: ray.io/v1
	// kind: RayCluster
	// metadata:
	//   name: lab
	// 0
}
