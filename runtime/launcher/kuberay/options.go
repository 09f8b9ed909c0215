package kuberay

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Options say what cluster is wanted. The zero value of a field is its default.
type Options struct {
	Name      string // required; a DNS label
	Namespace string // default: that of kubectl's context

	RayVersion string // default "2.60.0"
	Image      string // default rayproject/ray:<RayVersion>
	// GorayImage holds /usr/local/bin/goray; "" puts no goray on the PATH of the pods.
	GorayImage     string
	ServiceAccount string

	Head    Group
	Workers []Group // default: one group "workers" of 0 to 2 pods

	// IdleSeconds is how long a worker without work stays (default 60).
	IdleSeconds int
	// NoToken lets everybody who reaches the head's ports use the cluster. By default KubeRay makes a
	// token and keeps it in a Secret with the name of the cluster.
	NoToken bool
}

// Group is a kind of pod.
type Group struct {
	Name     string // workers only; a DNS label
	Min, Max int    // workers only
	CPUs     string // as in Kubernetes: "1", "500m"; default "1"
	Memory   string // default "2Gi"; 4Gi for the head
	GPUs     int
	// Resources are Ray's custom resources of a pod of the group.
	Resources map[string]int
	Env       map[string]string
}

// Job makes Render write a RayJob.
type Job struct {
	Entrypoint string
	RuntimeEnv string // YAML, as in Ray's --runtime-env
	// Keep leaves the cluster standing when the job has finished.
	Keep bool
}

// Service makes Render write a RayService.
type Service struct {
	ServeConfig string // Ray Serve's configuration, in YAML
}

var label = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

// quantity is what Kubernetes reads as an amount, in the forms that people write.
var quantity = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$`)

// filled returns the options with their defaults, or what is wrong with them.
func (o Options) filled() (Options, error) {
	if !label.MatchString(o.Name) {
		return o, fmt.Errorf("kuberay: %q cannot be a name in Kubernetes: use lower-case letters, digits and \"-\", at most 63", o.Name)
	}
	if o.RayVersion == "" {
		o.RayVersion = "2.60.0"
	}
	if o.Image == "" {
		o.Image = "rayproject/ray:" + o.RayVersion
	}
	if o.IdleSeconds == 0 {
		o.IdleSeconds = 60
	}
	if len(o.Workers) == 0 {
		o.Workers = []Group{{Name: "workers", Max: 2}}
	}
	o.Head.Name = "head"
	var err error
	if o.Head, err = o.Head.filled("4Gi"); err != nil {
		return o, err
	}
	seen := map[string]bool{}
	groups := make([]Group, len(o.Workers))
	for i, g := range o.Workers {
		if !label.MatchString(g.Name) {
			return o, fmt.Errorf("kuberay: group %q: use lower-case letters, digits and \"-\"", g.Name)
		}
		if seen[g.Name] {
			return o, fmt.Errorf("kuberay: two groups are named %q; give each its own name", g.Name)
		}
		seen[g.Name] = true
		if g.Min < 0 || g.Max < g.Min {
			return o, fmt.Errorf("kuberay: group %s: %d to %d pods is no range", g.Name, g.Min, g.Max)
		}
		if groups[i], err = g.filled("2Gi"); err != nil {
			return o, err
		}
	}
	o.Workers = groups
	if o.IdleSeconds < 0 {
		return o, errors.New("kuberay: IdleSeconds is negative")
	}
	return o, nil
}

func (g Group) filled(memory string) (Group, error) {
	if g.CPUs == "" {
		g.CPUs = "1"
	}
	if g.Memory == "" {
		g.Memory = memory
	}
	for what, q := range map[string]string{"CPUs": g.CPUs, "Memory": g.Memory} {
		if !quantity.MatchString(q) {
			return g, fmt.Errorf("kuberay: group %s: %s %q is no amount; write it as in Kubernetes: 2, 500m, 4Gi", g.Name, what, q)
		}
	}
	if g.GPUs < 0 {
		return g, errors.New("kuberay: group " + g.Name + ": " + strconv.Itoa(g.GPUs) + " GPUs")
	}
	return g, nil
}
