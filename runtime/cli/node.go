package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
	"github.com/goray/goray/runtime/ray"
)

// read checks the flags that are texts.
func (f *startFlags) read() error {
	if f.resources != "" {
		if err := json.Unmarshal([]byte(f.resources), &f.node.Resources); err != nil {
			return fmt.Errorf(`--resources %s: %w; write JSON as {"disk": 2}`, f.resources, err)
		}
	}
	if f.labels != "" {
		f.node.Labels = map[string]string{}
		for pair := range strings.SplitSeq(f.labels, ",") {
			key, value, ok := strings.Cut(pair, "=")
			if !ok || key == "" {
				return fmt.Errorf("--labels %s: want KEY=VALUE,KEY=VALUE", f.labels)
			}
			f.node.Labels[key] = value
		}
	}
	if f.node.NumCPUs < 0 || f.node.NumGPUs < 0 || f.node.ObjectStoreMemory < 0 {
		return errors.New("an amount is negative; use a number ≥ 0")
	}
	if f.address == "" && f.node.Name != "" {
		return errors.New("--node-name is for further nodes; the head's is chosen")
	}
	f.config.NumCPUs, f.config.NumGPUs, f.config.ObjectStoreMemory = f.node.NumCPUs, f.node.NumGPUs, f.node.ObjectStoreMemory
	f.config.Resources, f.config.Labels = f.node.Resources, f.node.Labels
	return nil
}

// nodeConfig is the node as the head wants it.
func (f *startFlags) nodeConfig() (core.NodeConfig, error) {
	resources := core.Resources(f.node.Resources).Clone()
	if err := resources.Check(); err != nil {
		return core.NodeConfig{}, err
	}
	for _, reserved := range []string{core.CPU, core.GPU, core.Memory, core.Store} {
		if _, set := resources[reserved]; set {
			return core.NodeConfig{}, fmt.Errorf("--resources has %q; use its own flag", reserved)
		}
	}
	if resources[core.CPU] = float64(f.node.NumCPUs); f.node.NumCPUs == 0 {
		resources[core.CPU] = float64(runtime.GOMAXPROCS(0))
	}
	if f.node.NumGPUs > 0 {
		resources[core.GPU] = float64(f.node.NumGPUs)
	}
	store := f.node.ObjectStoreMemory
	if store == 0 {
		store = int64(ray.ClusterResources()[core.Store]) / int64(1+len(ray.Nodes()))
	}
	resources[core.Store] = float64(store)
	resources[core.Memory] = ray.ClusterResources()[core.Memory] / float64(max(1, len(ray.Nodes())))
	c := core.NodeConfig{Name: f.node.Name, Resources: resources, Labels: f.node.Labels, ObjectStoreMemory: store}
	core.LabelAdded(&c, core.AnyBackend().Nodes(), machine.CountGPUs())
	return c, nil
}

const nodeReady = "The node "

// startNode brings a node as a process of its own.
func startNode(args []string, stdout io.Writer) error {
	if !answers() {
		return errNoHead
	}
	logPath := filepath.Join(core.HeadDir(), fmt.Sprintf("node-%d.log", os.Getpid()))
	line := ""
	pid, err := detach(args, logPath, headPatience, func(log *os.File) bool {
		text := make([]byte, 4096)
		n, _ := log.ReadAt(text, 0)
		found, _, whole := strings.Cut(string(text[:n]), "\n")
		line = found
		return whole && strings.HasPrefix(found, nodeReady)
	})
	if err != nil {
		return fmt.Errorf("the node %w", err)
	}
	fmt.Fprintf(stdout, "%s\nIt goes with its process, %d: kill %d lets its tasks end first.\n", line, pid, pid)
	return nil
}

// serveNode is the life of a process that brings a node. The node's workers are the head's; when this
// process ends, however it does, the head removes the node.
func serveNode(f startFlags, stdout io.Writer) error {
	leave, err := join("auto")
	if err != nil {
		return err
	}
	defer leave()
	bringer, err := backend[core.NodeBringer]()
	if err != nil {
		return err
	}
	cfg, err := f.nodeConfig()
	if err != nil {
		return err
	}
	id, err := bringer.BringNode(cfg)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s%s has joined the head, with %s.\n", nodeReady, id, resourceText(cfg.Resources))
	over := make(chan os.Signal, 2)
	signal.Notify(over, os.Interrupt, syscall.SIGTERM)
	ender, err := backend[core.Ender]()
	if err != nil {
		return err
	}
	gone := ender.Ended()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for signalled := false; !signalled; {
		select {
		case <-gone:
			return errors.New("the head has ended; start it again with goray start --head, and then the node")
		case <-look.C:
			if !nodeAlive(id) {
				return errors.New("the head has removed the node")
			}
		case <-over:
			signalled = true
		}
	}
	fmt.Fprintf(stdout, "The node is drained: it ends when its tasks have, after %v, or with another signal.\n", f.patience)
	if err := ray.DrainNode(id); err != nil {
		return nil // it has gone already
	}
	limit := time.After(f.patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for nodeAlive(id) {
		select {
		case <-tick.C:
		case <-limit:
			fmt.Fprintln(stdout, "Tasks of the node have not ended in time; they go with it.")
			return nil
		case <-gone:
			return nil
		case <-over:
			return nil
		}
	}
	return nil
}

func nodeAlive(id string) bool {
	for _, n := range ray.Nodes() {
		if n.ID == id {
			return n.Alive
		}
	}
	return false
}
