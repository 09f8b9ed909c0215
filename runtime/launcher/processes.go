package launcher

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"
)

// The provider fake_multinode is a cluster on this machine: the head is a process, and Ray's own
// autoscaler starts and ends further raylets beside it. Ray's launcher has no "up" for it, and the
// pip package leaves out the file with its defaults, so the head is started here, with the node
// provider named by its class. Everything listens on loopback.

// fakeHeadID is the id by which Ray's fake provider knows the head.
const fakeHeadID = "fffffffffffffffffffffffffffffffffffffffffffffffffff00000"

// envCluster marks the processes of a cluster: they all inherit it from the head, and "goray down"
// ends those that carry it, and no others.
const envCluster = "GORAY_CLUSTER"

// upPatience is how long "goray up" waits for the head's ports.
const upPatience = 3 * time.Minute

// local is a cluster of processes.
type local struct {
	cluster *Cluster
	dir     string // state: head.log, autoscaling.yaml
	mark    string // value of envCluster
	gcs     string
	client  int // port of ray://
	web     int // port of the dashboard and the Jobs API
	temp    string
}

func (c *Cluster) local() (*local, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cache, "goray", "clusters", c.Name)
	sum := sha256.Sum256([]byte(dir))
	l := &local{cluster: c, dir: dir, mark: c.Name + "-" + hex.EncodeToString(sum[:4]), gcs: cmp.Or(c.setting("gcs_address"), "127.0.0.1:6379"),
		client: 10001, web: 8265}
	if n, ok := c.settings["client_server_port"].(int); ok {
		l.client = n
	}
	if n, ok := c.settings["dashboard_port"].(int); ok {
		l.web = n
	}
	// Unix sockets below it must stay under 108 letters, so it is not put below the cache.
	l.temp = cmp.Or(c.setting("temp_dir"), filepath.Join(os.TempDir(), "goray-"+l.mark))
	host, _, err := net.SplitHostPort(l.gcs)
	if err != nil || host != "127.0.0.1" {
		return nil, fmt.Errorf("gcs_address %q must be 127.0.0.1:PORT: the processes listen on loopback alone", l.gcs)
	}
	return l, nil
}

// autoscaling is the file that Ray's autoscaler reads.
func (l *local) autoscaling() ([]byte, error) {
	tree, err := l.cluster.document.tree()
	if err != nil {
		return nil, err
	}
	tree["provider"] = map[string]any{"type": "external", "gcs_address": l.gcs, "launch_multiple": true, "head_node_id": fakeHeadID,
		"module": "ray.autoscaler._private.fake_multi_node.node_provider.FakeMultiNodeProvider"}
	types := map[string]any{}
	for _, n := range l.cluster.Nodes {
		name := n.Name
		if n.Head {
			name = "ray.head.default" // the fake provider knows its head by this name
		}
		types[name] = map[string]any{"resources": n.Resources, "node_config": map[string]any{}, "min_workers": n.Min, "max_workers": n.Max}
	}
	tree["available_node_types"], tree["head_node_type"] = types, "ray.head.default"
	tree["max_workers"] = l.cluster.MaxWorkers
	tree["idle_timeout_minutes"] = l.cluster.IdleMinutes
	delete(tree, "min_workers")
	for key, empty := range map[string]any{
		"auth": map[string]any{}, "docker": map[string]any{}, "file_mounts": map[string]any{},
		"initialization_commands": []any{}, "setup_commands": []any{}, "head_setup_commands": []any{}, "worker_setup_commands": []any{},
		"head_start_ray_commands": []any{}, "worker_start_ray_commands": []any{}, "cluster_synced_files": []any{},
		"rsync_exclude": []any{}, "rsync_filter": []any{}, "file_mounts_sync_continuously": false, "upscaling_speed": 1.0,
	} {
		if tree[key] == nil {
			tree[key] = empty
		}
	}
	return yaml.Marshal(tree)
}

func (inv *invocation) processes(python string) error {
	l, err := inv.cluster.local()
	if err != nil {
		return err
	}
	switch inv.verb.name {
	case "up":
		return l.up(python, inv)
	case "down":
		ended, err := l.down()
		if err == nil {
			fmt.Fprintf(inv.out, "%s: %d processes ended\n", inv.cluster.Name, ended)
		}
		return err
	case "exec":
		return inv.pass(l.shell(strings.Join(inv.rest, " ")))
	case "attach":
		return inv.pass(l.shell("exec bash -i"))
	case "submit":
		cmd := l.shell(`exec "$0" "$@"`)
		cmd.Args = append(cmd.Args, append([]string{python}, inv.rest...)...)
		return inv.pass(cmd)
	case "monitor":
		lines := cmp.Or(inv.values["--lines"], "100")
		return inv.pass(exec.Command("tail", "-n", lines, filepath.Join(l.temp, "session_latest", "logs", "monitor.log")))
	case "dashboard":
		fmt.Fprintf(inv.out, "http://127.0.0.1:%d\n", l.web)
		return nil
	case "get-head-ip":
		fmt.Fprintln(inv.out, "127.0.0.1")
		return nil
	}
	return errors.New("the nodes of provider fake_multinode are processes of this machine: they share its files and its address")
}

// shell runs a command with the cluster as the one that Ray's clients find by themselves.
func (l *local) shell(command string) *exec.Cmd {
	cmd := exec.Command("bash", "-c", command)
	cmd.Env = append(os.Environ(), "RAY_ADDRESS="+l.gcs, "RAY_API_SERVER_ADDRESS="+fmt.Sprintf("http://127.0.0.1:%d", l.web))
	return cmd
}

func (l *local) up(python string, inv *invocation) error {
	if pids, err := l.pids(); err != nil {
		return err
	} else if len(pids) > 0 {
		return fmt.Errorf("cluster %s runs already (%d processes); goray down %s ends it", l.cluster.Name, len(pids), inv.file)
	}
	ports := []int{l.client, l.web}
	if _, p, err := net.SplitHostPort(l.gcs); err == nil {
		n, _ := strconv.Atoi(p)
		ports = append(ports, n)
	}
	for _, port := range ports {
		if answers(port) {
			return fmt.Errorf("port %d is taken; name others below provider: gcs_address, client_server_port, dashboard_port", port)
		}
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	config, err := l.autoscaling()
	if err != nil {
		return err
	}
	file := filepath.Join(l.dir, "autoscaling.yaml")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(l.dir, "head.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	_, gcsPort, _ := net.SplitHostPort(l.gcs)
	args := []string{"start", "--head", "--block", "--node-ip-address=127.0.0.1", "--port=" + gcsPort,
		"--ray-client-server-port=" + strconv.Itoa(l.client), "--dashboard-host=127.0.0.1", "--dashboard-port=" + strconv.Itoa(l.web),
		// The agent that starts jobs has one port by default, which a second head on this machine lacks.
		"--dashboard-agent-listen-port=" + strconv.Itoa(freePort()),
		"--temp-dir=" + l.temp, "--autoscaling-config=" + file, "--disable-usage-stats"}
	args = append(args, headResources(l.cluster.Head())...)
	cmd := rayCommand(python, args...)
	// Jobs find Ray's Python on the PATH of the head, as they do where an environment was activated.
	cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(python)+":"+os.Getenv("PATH"), envCluster+"="+l.mark, "RAY_FAKE_CLUSTER=1", "RAY_enable_autoscaler_v2=1",
		"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0", "RAY_CLOUD_INSTANCE_ID="+fakeHeadID, "RAY_OVERRIDE_NODE_ID_FOR_TESTING="+fakeHeadID, "AUTOSCALER_UPDATE_INTERVAL_S=1")
	cmd.Stdout, cmd.Stderr = log, log
	// A session of its own: an interrupt in this terminal must not end the cluster.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := waitPorts(ended, upPatience, l.client, l.web); err != nil {
		l.down()
		return fmt.Errorf("the head did not come up: %w; its last words:\n%s", err, lastLines(log.Name(), 12))
	}
	fmt.Fprintf(inv.out, "%s is up: ray://127.0.0.1:%d, dashboard and jobs http://127.0.0.1:%d, %d to %d workers\n",
		l.cluster.Name, l.client, l.web, l.cluster.MinWorkers(), l.cluster.MaxWorkers)
	return nil
}

// headResources are the flags that give the head what its node type promises.
func headResources(n NodeType) []string {
	var out, custom []string
	for k, v := range n.Resources {
		switch k {
		case "CPU":
			out = append(out, "--num-cpus="+strconv.Itoa(v))
		case "GPU":
			out = append(out, "--num-gpus="+strconv.Itoa(v))
		case "object_store_memory":
			out = append(out, "--object-store-memory="+strconv.Itoa(v))
		case "memory":
			out = append(out, "--memory="+strconv.Itoa(v))
		default:
			custom = append(custom, strconv.Quote(k)+": "+strconv.Itoa(v))
		}
	}
	if len(custom) > 0 {
		slices.Sort(custom)
		out = append(out, "--resources={"+strings.Join(custom, ", ")+"}")
	}
	slices.Sort(out)
	return out
}

// freePort is one that nobody listens on, 0 when none can be had.
func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func answers(port int) bool {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// waitPorts returns when every port answers, the process has ended, or patience has.
func waitPorts(ended <-chan error, patience time.Duration, ports ...int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if !slices.ContainsFunc(ports, func(p int) bool { return !answers(p) }) {
			return nil
		}
		select {
		case err := <-ended:
			return fmt.Errorf("it has ended: %v", err)
		case <-ctx.Done():
			return fmt.Errorf("ports %v did not answer within %s", ports, patience)
		case <-tick.C:
		}
	}
}

func lastLines(file string, n int) string {
	raw, _ := os.ReadFile(file)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-n):], "\n  ")
}

// pids are the processes that carry the cluster's mark.
func (l *local) pids() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("provider fake_multinode works on Linux alone: %w", err)
	}
	want := []byte(envCluster + "=" + l.mark)
	var out []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return bytes.Equal(v, want) }) {
			out = append(out, pid)
		}
	}
	return out, nil
}

// down ends the processes of the cluster, first asking, after five seconds not asking, and removes
// their files. It returns how many there were.
func (l *local) down() (int, error) {
	seen := map[int]bool{}
	deadline := time.Now().Add(5 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		pids, err := l.pids()
		if err != nil || len(pids) == 0 {
			// A folder that the file names may hold other things: it stays.
			if err == nil && l.cluster.setting("temp_dir") == "" {
				os.RemoveAll(l.temp)
			}
			return len(seen), err
		}
		for _, pid := range pids {
			switch {
			case time.Now().After(deadline):
				syscall.Kill(pid, syscall.SIGKILL)
			case !seen[pid]:
				syscall.Kill(pid, syscall.SIGTERM)
			}
			seen[pid] = true
		}
		<-tick.C
	}
}
