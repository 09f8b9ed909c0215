package kuberay

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const apiVersion = "ray.io/v1"

// Render returns the manifest of a RayCluster.
func Render(o Options) ([]byte, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	return text(manifest("RayCluster", o, clusterSpec(o)))
}

// RenderJob returns the manifest of a RayJob: a cluster that is made for one job.
func RenderJob(o Options, j Job) ([]byte, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(j.Entrypoint) == "" {
		return nil, errors.New("kuberay: a RayJob needs an entrypoint, as in: --job 'goray run train.go'")
	}
	if j.RuntimeEnv != "" {
		var any map[string]any
		if err := yaml.Unmarshal([]byte(j.RuntimeEnv), &any); err != nil {
			return nil, errors.New("kuberay: the runtime environment is no YAML section: " + err.Error())
		}
	}
	spec := object("entrypoint", j.Entrypoint, "shutdownAfterJobFinishes", !j.Keep)
	if !j.Keep {
		// Long enough to read the logs of a job that has failed.
		add(spec, "ttlSecondsAfterFinished", 300)
	}
	if j.RuntimeEnv != "" {
		add(spec, "runtimeEnvYAML", j.RuntimeEnv)
	}
	add(spec, "rayClusterSpec", clusterSpec(o))
	return text(manifest("RayJob", o, spec))
}

// RenderService returns the manifest of a RayService: a cluster that serves Ray Serve applications.
func RenderService(o Options, s Service) ([]byte, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	var config struct {
		Applications []map[string]any `yaml:"applications"`
	}
	if err := yaml.Unmarshal([]byte(s.ServeConfig), &config); err != nil {
		return nil, errors.New("kuberay: the Serve configuration is no YAML: " + err.Error())
	}
	if len(config.Applications) == 0 {
		return nil, errors.New("kuberay: the Serve configuration names no applications; it begins with applications:")
	}
	spec := object("serveConfigV2", s.ServeConfig, "rayClusterConfig", clusterSpec(o))
	return text(manifest("RayService", o, spec))
}

func manifest(kind string, o Options, spec *yaml.Node) *yaml.Node {
	meta := object("name", o.Name)
	if o.Namespace != "" {
		add(meta, "namespace", o.Namespace)
	}
	return object("apiVersion", apiVersion, "kind", kind, "metadata", meta, "spec", spec)
}

func clusterSpec(o Options) *yaml.Node {
	spec := object("rayVersion", o.RayVersion,
		"enableInTreeAutoscaling", true,
		"autoscalerOptions", object("version", "v2", "idleTimeoutSeconds", o.IdleSeconds))
	if !o.NoToken {
		add(spec, "authOptions", object("mode", "token"))
	}
	headParams := object("dashboard-host", "0.0.0.0")
	addResources(headParams, o.Head)
	add(spec, "headGroupSpec", object("rayStartParams", headParams, "template", pod(o, o.Head, "ray-head")))
	groups := &yaml.Node{Kind: yaml.SequenceNode}
	for _, g := range o.Workers {
		params := object()
		addResources(params, g)
		groups.Content = append(groups.Content, object("groupName", g.Name, "replicas", g.Min, "minReplicas", g.Min, "maxReplicas", g.Max,
			"rayStartParams", params, "template", pod(o, g, "ray-worker")))
	}
	add(spec, "workerGroupSpecs", groups)
	return spec
}

// addResources tells Ray what a pod offers beside what it finds itself. Values are texts, as all
// of rayStartParams are; custom resources travel as JSON in quotes, the way ray start reads them.
func addResources(params *yaml.Node, g Group) {
	if len(g.Resources) == 0 {
		return
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(g.Resources)) {
		parts = append(parts, strconv.Quote(k)+": "+strconv.Itoa(g.Resources[k]))
	}
	add(params, "resources", "'{"+strings.Join(parts, ", ")+"}'")
}

func pod(o Options, g Group, container string) *yaml.Node {
	amounts := func() *yaml.Node {
		n := object("cpu", g.CPUs, "memory", g.Memory)
		if g.GPUs > 0 {
			add(n, "nvidia.com/gpu", g.GPUs)
		}
		return n
	}
	c := object("name", container, "image", o.Image)
	if container == "ray-head" {
		ports := &yaml.Node{Kind: yaml.SequenceNode}
		for _, p := range []struct {
			name string
			port int
		}{{"gcs", 6379}, {"dashboard", 8265}, {"client", 10001}, {"serve", 8000}} {
			ports.Content = append(ports.Content, object("name", p.name, "containerPort", p.port))
		}
		add(c, "ports", ports)
	}
	env := &yaml.Node{Kind: yaml.SequenceNode}
	for _, k := range slices.Sorted(maps.Keys(g.Env)) {
		env.Content = append(env.Content, object("name", k, "value", g.Env[k]))
	}
	if o.GorayImage != "" {
		env.Content = append(env.Content, object("name", "PATH", "value", "/goray:/home/ray/anaconda3/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
	}
	if len(env.Content) > 0 {
		add(c, "env", env)
	}
	// Requests equal limits: Ray counts the CPUs of the limit, and a pod that is promised less than
	// Ray counts on is slow where nobody looks.
	add(c, "resources", object("limits", amounts(), "requests", amounts()))
	spec := object()
	if o.ServiceAccount != "" {
		add(spec, "serviceAccountName", o.ServiceAccount)
	}
	if o.GorayImage != "" {
		add(c, "volumeMounts", sequence(object("name", "goray", "mountPath", "/goray")))
		add(spec, "initContainers", sequence(object("name", "goray", "image", o.GorayImage,
			"command", sequence(scalar("cp"), scalar("/usr/local/bin/goray"), scalar("/goray/goray")),
			"volumeMounts", sequence(object("name", "goray", "mountPath", "/goray")))))
	}
	add(spec, "containers", sequence(c))
	if o.GorayImage != "" {
		add(spec, "volumes", sequence(object("name", "goray", "emptyDir", object())))
	}
	return object("spec", spec)
}

// object makes a section out of keys and values in turn, in their order.
func object(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		add(n, pairs[i].(string), pairs[i+1])
	}
	if len(pairs) == 0 {
		n.Style = yaml.FlowStyle
	}
	return n
}

func add(n *yaml.Node, key string, value any) {
	n.Style = 0
	n.Content = append(n.Content, scalar(key), scalar(value))
}

func sequence(items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Content: items}
}

// scalar is value as a node; nodes stay what they are.
func scalar(value any) *yaml.Node {
	if n, ok := value.(*yaml.Node); ok {
		return n
	}
	n := &yaml.Node{}
	n.Encode(value)
	return n
}

func text(n *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
