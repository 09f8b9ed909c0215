package kuberay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Check reads manifests and returns what KubeRay's definitions would refuse: an unknown kind or
// key, a missing key, a wrong type. It knows the parts of the definitions that people write by
// hand; the inside of a pod's template is checked for containers, their names, images and amounts.
// The texts begin with the line.
func Check(manifests []byte) []string {
	d := yaml.NewDecoder(bytes.NewReader(manifests))
	var c manifestCheck
	for {
		var doc yaml.Node
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return c.out
		} else if err != nil {
			return append(c.out, strings.TrimPrefix(err.Error(), "yaml: "))
		}
		c.document(doc.Content[0])
	}
}

type manifestCheck struct{ out []string }

func (c *manifestCheck) say(n *yaml.Node, format string, args ...any) {
	c.out = append(c.out, fmt.Sprintf("line %d: ", n.Line)+fmt.Sprintf(format, args...))
}

// The keys of the definitions at release 1.5 and after; "!" marks the required ones.
var (
	clusterKeys = keys("headGroupSpec!:object rayVersion:string enableInTreeAutoscaling:bool autoscalerOptions:object authOptions:object " +
		"workerGroupSpecs:list gcsFaultToleranceOptions:object headServiceAnnotations:object historyServerOptions:object managedBy:string " +
		"networkPolicy:object suspend:bool tlsOptions:object upgradeStrategy:object")
	headKeys = keys("template!:object rayStartParams:object enableIngress:bool headService:object ingressOptions:object labels:object " +
		"resources:object serviceType:string")
	workerKeys = keys("template!:object groupName!:string minReplicas!:int maxReplicas!:int replicas:int rayStartParams:object " +
		"idleTimeoutSeconds:int labels:object numOfHosts:int priority:int resources:object scaleStrategy:object suspend:bool")
	scalerKeys = keys("version:string idleTimeoutSeconds:int upscalingMode:string image:string imagePullPolicy:string args:list command:list " +
		"env:list envFrom:list resources:object securityContext:object volumeMounts:list")
	authKeys = keys("mode:string secretName:string enableK8sTokenAuth:bool")
	jobKeys  = keys("entrypoint:string rayClusterSpec:object runtimeEnvYAML:string shutdownAfterJobFinishes:bool ttlSecondsAfterFinished:int " +
		"activeDeadlineSeconds:int backoffLimit:int clusterSelector:object deletionStrategy:object entrypointNumCpus:number " +
		"entrypointNumGpus:number entrypointResources:string jobId:string managedBy:string metadata:object preRunningDeadlineSeconds:int " +
		"submissionMode:string submitterConfig:object submitterPodTemplate:object suspend:bool")
	serviceKeys = keys("rayClusterConfig!:object serveConfigV2:string deploymentUnhealthySecondThreshold:int excludeHeadPodFromServeSvc:bool " +
		"managedBy:string rayClusterDeletionDelaySeconds:int serveService:object serviceUnhealthySecondThreshold:int suspend:bool upgradeStrategy:object")
	manifestKeys  = keys("apiVersion!:string kind!:string metadata!:object spec!:object status:object")
	templateKeys  = keys("spec!:object metadata:object")
	containerKeys = keys("name!:string image!:string command:list args:list env:list envFrom:list ports:list resources:object volumeMounts:list " +
		"imagePullPolicy:string lifecycle:object livenessProbe:object readinessProbe:object startupProbe:object securityContext:object workingDir:string")
)

type key struct {
	name, kind string
	required   bool
}

func keys(spec string) []key {
	var out []key
	for _, f := range strings.Fields(spec) {
		name, kind, _ := strings.Cut(f, ":")
		bare, required := strings.CutSuffix(name, "!")
		out = append(out, key{bare, kind, required})
	}
	return out
}

func (c *manifestCheck) document(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		c.say(n, "a manifest is a section, this is none")
		return
	}
	kind := field(n, "kind")
	if v := field(n, "apiVersion"); kind != nil && (v == nil || v.Value != apiVersion) {
		if strings.HasPrefix(kind.Value, "Ray") {
			c.say(n, "apiVersion of a %s is %s", kind.Value, apiVersion)
		}
		return // another manifest in the same file: not ours to judge
	}
	c.object(n, "the manifest", manifestKeys)
	if name := field(field(n, "metadata"), "name"); name == nil || !label.MatchString(name.Value) {
		c.say(n, "metadata.name is missing, or no name that Kubernetes takes")
	}
	spec := field(n, "spec")
	if spec == nil || kind == nil {
		return
	}
	switch kind.Value {
	case "RayCluster":
		c.cluster(spec)
	case "RayJob":
		c.object(spec, "spec", jobKeys)
		c.cluster(field(spec, "rayClusterSpec"))
	case "RayService":
		c.object(spec, "spec", serviceKeys)
		c.cluster(field(spec, "rayClusterConfig"))
	default:
		c.say(kind, "%s has no kind %q; known: RayCluster, RayJob, RayService", apiVersion, kind.Value)
	}
}

func (c *manifestCheck) cluster(n *yaml.Node) {
	if n == nil {
		return
	}
	c.object(n, "the cluster", clusterKeys)
	if s := field(n, "autoscalerOptions"); s != nil {
		c.object(s, "autoscalerOptions", scalerKeys)
		c.oneOf(field(s, "version"), "v1", "v2")
		c.oneOf(field(s, "upscalingMode"), "Default", "Aggressive", "Conservative")
	}
	if a := field(n, "authOptions"); a != nil {
		c.object(a, "authOptions", authKeys)
		c.oneOf(field(a, "mode"), "token", "disabled")
	}
	if h := field(n, "headGroupSpec"); h != nil {
		c.group(h, "headGroupSpec", headKeys)
	}
	if ws := field(n, "workerGroupSpecs"); ws != nil {
		for _, w := range ws.Content {
			c.group(w, "a worker group", workerKeys)
		}
	}
}

func (c *manifestCheck) group(n *yaml.Node, what string, known []key) {
	c.object(n, what, known)
	for _, v := range values(field(n, "rayStartParams")) {
		if v.Tag != "!!str" {
			c.say(v, "values of rayStartParams are texts: write %q between quotes", v.Value)
		}
	}
	template := field(n, "template")
	if template == nil {
		return
	}
	c.object(template, "template", templateKeys)
	containers := field(field(template, "spec"), "containers")
	if containers == nil || len(containers.Content) == 0 {
		c.say(template, "a pod needs a container")
		return
	}
	for _, container := range containers.Content {
		c.object(container, "a container", containerKeys)
		for _, part := range []string{"limits", "requests"} {
			for _, amount := range values(field(field(container, "resources"), part)) {
				if !quantity.MatchString(amount.Value) {
					c.say(amount, "%q is no amount; write it as in 2, 500m, 4Gi", amount.Value)
				}
			}
		}
	}
}

// object checks the keys of a section and the types of their values.
func (c *manifestCheck) object(n *yaml.Node, what string, known []key) {
	if n.Kind != yaml.MappingNode {
		c.say(n, "%s must be a section", what)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		at := slices.IndexFunc(known, func(f key) bool { return f.name == k.Value })
		if at < 0 {
			c.say(k, "%s has no key %q", what, k.Value)
			continue
		}
		if !is(v, known[at].kind) {
			c.say(v, "%s: %s must be of type %s", what, k.Value, known[at].kind)
		}
	}
	for _, f := range known {
		if f.required && field(n, f.name) == nil {
			c.say(n, "%s has no %s", what, f.name)
		}
	}
}

func (c *manifestCheck) oneOf(n *yaml.Node, values ...string) {
	if n != nil && !slices.Contains(values, n.Value) {
		c.say(n, "%q must be one of %s", n.Value, strings.Join(values, ", "))
	}
}

func is(n *yaml.Node, kind string) bool {
	switch kind {
	case "object":
		return n.Kind == yaml.MappingNode
	case "list":
		return n.Kind == yaml.SequenceNode
	case "number":
		return n.Tag == "!!int" || n.Tag == "!!float"
	}
	return n.Kind == yaml.ScalarNode && n.Tag == map[string]string{"string": "!!str", "bool": "!!bool", "int": "!!int"}[kind]
}

func field(n *yaml.Node, name string) *yaml.Node {
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

func values(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 1; i < len(n.Content); i += 2 {
			out = append(out, n.Content[i])
		}
	}
	return out
}
