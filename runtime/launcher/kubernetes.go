package launcher

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/launcher/kuberay"
)

// Manifest describes the cluster as KubeRay's options. Every provider's file can be rendered: the
// node types are taken as groups of pods, their CPUs, GPUs and memory as the pods' amounts.
func (c *Cluster) Manifest() kuberay.Options {
	o := kuberay.Options{
		Name: c.Name, RayVersion: RayVersion, Image: cmp.Or(c.setting("image"), c.Image), Namespace: c.setting("namespace"),
		ServiceAccount: c.setting("service_account"), IdleSeconds: max(1, int(c.IdleMinutes*60)),
	}
	for _, n := range c.Nodes {
		g := kuberay.Group{Name: dnsLabel(n.Name), Min: n.Min, Max: n.Max}
		for k, v := range n.Resources {
			switch k {
			case "CPU":
				g.CPUs = strconv.Itoa(v)
			case "GPU":
				g.GPUs = v
			case "memory":
				g.Memory = strconv.Itoa(v)
			default:
				if g.Resources == nil {
					g.Resources = map[string]int{}
				}
				g.Resources[k] = v
			}
		}
		if n.Head {
			o.Head = g
		} else {
			o.Workers = append(o.Workers, g)
		}
	}
	return o
}

// dnsLabel turns a name of a node type, such as ray.worker.default, into one for Kubernetes.
func dnsLabel(name string) string {
	out := []byte(strings.ToLower(name))
	for i, b := range out {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			out[i] = '-'
		}
	}
	return strings.Trim(string(out), "-")
}

// kubernetes does a command with kubectl. The pods of the head are found by the labels that KubeRay
// gives them.
func (inv *invocation) kubernetes() error {
	c := inv.cluster
	head := func(verb string, args ...string) error {
		name, err := inv.kubectl("get", "pod", "-l", "ray.io/cluster="+c.Name+",ray.io/node-type=head", "-o", "name").Output()
		if err != nil {
			return fmt.Errorf("kubectl: %w", err)
		}
		pod := strings.TrimSpace(string(name))
		if pod == "" {
			return fmt.Errorf("there is no head pod of cluster %s; see: kubectl get raycluster %s", c.Name, c.Name)
		}
		return inv.pass(inv.kubectl(append([]string{verb, pod}, args...)...))
	}
	switch inv.verb.name {
	case "up":
		manifest, err := kuberay.Render(c.Manifest())
		if err != nil {
			return err
		}
		cmd := inv.kubectl("apply", "-f", "-")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(manifest), inv.out, inv.err
		return cmd.Run()
	case "down":
		return inv.pass(inv.kubectl("delete", "raycluster", c.Name))
	case "attach":
		return head("exec", "-it", "-c", "ray-head", "--", "bash")
	case "exec":
		return head("exec", "-c", "ray-head", "--", "bash", "-lc", strings.Join(inv.rest, " "))
	case "monitor":
		return head("logs", "-f", "-c", "autoscaler", "--tail="+cmp.Or(inv.values["--lines"], "100"))
	case "dashboard":
		port := cmp.Or(inv.values["-p"], inv.values["--port"], "8265")
		return head("port-forward", port+":8265")
	case "get-head-ip", "get-worker-ips":
		node := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(inv.verb.name, "get-"), "-ips"), "-ip")
		return inv.pass(inv.kubectl("get", "pod", "-l", "ray.io/cluster="+c.Name+",ray.io/node-type="+node,
			"-o", `jsonpath={range .items[*]}{.status.podIP}{"\n"}{end}`))
	}
	return errors.New("not on Kubernetes; goray job submit --address http://127.0.0.1:8265 runs programs there, goray dashboard forwards the port")
}

func (inv *invocation) kubectl(args ...string) *exec.Cmd {
	c := inv.cluster
	var all []string
	if v := c.setting("context"); v != "" {
		all = append(all, "--context", v)
	}
	if v := c.setting("namespace"); v != "" {
		all = append(all, "--namespace", v)
	}
	return exec.Command("kubectl", append(all, args...)...)
}

// K8sMain is "goray k8s render [CLUSTER.yaml]" and "goray k8s check FILE". It returns the exit code.
//
//	goray k8s render cluster.yaml                     a RayCluster from a cluster file
//	goray k8s render --name lab --max-workers 4       one from flags alone
//	goray k8s render --name lab --job 'goray run x.go'  a RayJob
//	goray k8s render --name lab --serve config.yaml   a RayService
//	goray k8s check lab.yaml                          what KubeRay would refuse
func K8sMain(args []string, out, err io.Writer) int {
	const usage = "usage: goray k8s render [CLUSTER.yaml] [--name N] [--namespace N] [--image I] [--goray-image I] [--cpus N] [--gpus N] [--memory 2Gi] [--min-workers N] [--max-workers N] [--job COMMAND | --serve FILE], or goray k8s check FILE"
	fail := func(code int, e error) int { fmt.Fprintln(err, "goray k8s:", e); return code }
	switch {
	case len(args) == 0:
		return fail(2, errors.New(usage))
	case command.IsHelp(args[0]):
		fmt.Fprintln(out, usage)
		return 0
	}
	switch args[0] {
	case "check":
		if len(args) != 2 {
			return fail(2, errors.New(usage))
		}
		raw, e := os.ReadFile(args[1])
		if e != nil {
			return fail(2, e)
		}
		wrong := kuberay.Check(raw)
		for _, w := range wrong {
			fmt.Fprintf(out, "%s: %s\n", args[1], w)
		}
		return min(len(wrong), 1)
	case "render":
	default:
		return fail(2, fmt.Errorf("no command %q; %s", args[0], usage))
	}
	rest, file := args[1:], ""
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		file, rest = rest[0], rest[1:]
	}
	f := command.New("k8s render", "[CLUSTER.yaml] [FLAGS]", "Write the manifest of a cluster, with which KubeRay runs it.", out, err)
	var o kuberay.Options
	if file != "" {
		doc, e := Load(file)
		if e != nil {
			return fail(2, e)
		}
		c, e := doc.Cluster(Overrides{})
		if e != nil {
			return fail(2, e)
		}
		o = c.Manifest()
	}
	f.StringVar(&o.Name, "name", o.Name, "name of the cluster")
	f.StringVar(&o.Namespace, "namespace", o.Namespace, "namespace (default: that of kubectl's context)")
	f.StringVar(&o.Image, "image", o.Image, "container image with Ray (default rayproject/ray:"+RayVersion+")")
	f.StringVar(&o.GorayImage, "goray-image", "", "container image with /usr/local/bin/goray, for jobs that run goray")
	f.BoolVar(&o.NoToken, "no-token", false, "let everybody who reaches the head use the cluster")
	worker := kuberay.Group{Name: "workers", Max: 2}
	f.StringVar(&worker.CPUs, "cpus", "", "CPUs of a worker (default 1)")
	f.StringVar(&worker.Memory, "memory", "", "memory of a worker (default 2Gi)")
	f.IntVar(&worker.GPUs, "gpus", 0, "GPUs of a worker")
	f.IntVar(&worker.Min, "min-workers", 0, "workers at least")
	f.IntVar(&worker.Max, "max-workers", 2, "workers at most")
	job := f.String("job", "", "render a RayJob that runs this command")
	serve := f.String("serve", "", "render a RayService with this file of applications")
	if code, done := f.Read(rest); done {
		return code
	}
	if len(f.Rest) > 0 {
		return fail(2, fmt.Errorf("%q is no flag; %s", f.Rest[0], usage))
	}
	if len(o.Workers) == 0 {
		o.Workers = []kuberay.Group{worker}
	}
	raw, e := render(o, *job, *serve)
	if e != nil {
		return fail(2, e)
	}
	if _, e := out.Write(raw); e != nil {
		return fail(1, e)
	}
	return 0
}

func render(o kuberay.Options, job, serve string) ([]byte, error) {
	switch {
	case job != "" && serve != "":
		return nil, errors.New("--job and --serve exclude each other: they are two kinds of manifest")
	case job != "":
		return kuberay.RenderJob(o, kuberay.Job{Entrypoint: job})
	case serve != "":
		raw, err := os.ReadFile(serve)
		if err != nil {
			return nil, err
		}
		return kuberay.RenderService(o, kuberay.Service{ServeConfig: string(raw)})
	}
	return kuberay.Render(o)
}
