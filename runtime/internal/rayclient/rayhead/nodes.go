package rayhead

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/goray/goray/runtime/internal/core"
)

//go:embed nodes.py
var nodesProgram string

// Nodes are the nodes of a head, besides its own, that come and go.
type Nodes struct {
	mu   sync.Mutex
	last int // key
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
}

// Nodes starts what starts nodes of this head; root is the Python environment with Ray.
func (h *Head) Nodes(root string) (*Nodes, error) {
	cmd := exec.Command(filepath.Join(root, "bin", "python"), "-c", nodesProgram, fmt.Sprintf("127.0.0.1:%d", h.GCS), h.dir)
	cmd.Env = h.cmd.Env
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	n := &Nodes{cmd: cmd}
	var err error
	if n.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	n.out = bufio.NewScanner(out)
	return n, cmd.Start()
}

// wish is a line for nodes.py.
type wish struct {
	Do        string             `json:"do"`
	Key       int                `json:"key"`
	Name      string             `json:"name"`
	CPUs      float64            `json:"cpus"`
	GPUs      float64            `json:"gpus"`
	Resources map[string]float64 `json:"resources"`
	Labels    map[string]string  `json:"labels"`
	Store     int64              `json:"store"`
}

// smallestStore is the smallest object store that Ray starts.
const smallestStore = 80 << 20

// Add starts a node, waits until the cluster knows it, and returns what Kill wants to know. In the
// processes of the node backendtest.EnvNode says its name.
func (n *Nodes) Add(c core.NodeConfig) (key int, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	w := wish{Do: "add", Key: n.last, Name: c.Name, Resources: map[string]float64{}, Labels: c.Labels, Store: max(c.ObjectStoreMemory, smallestStore)}
	for name, amount := range c.Resources {
		switch name {
		case core.CPU:
			w.CPUs = amount
		case core.GPU:
			w.GPUs = amount
		case core.Memory:
		default:
			w.Resources[name] = amount
		}
	}
	return n.last, n.ask(w)
}

// Kill ends a node: its raylet, its workers, and what they have started.
func (n *Nodes) Kill(key int) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ask(wish{Do: "kill", Key: key})
}

func (n *Nodes) ask(w wish) error {
	line, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		return err
	}
	if !n.out.Scan() {
		return fmt.Errorf("what starts nodes of Ray has ended: %v", n.out.Err())
	}
	var answer struct{ Error string }
	if err := json.Unmarshal(n.out.Bytes(), &answer); err != nil {
		return err
	}
	if answer.Error != "" {
		return fmt.Errorf("node %s: %s", w.Name, answer.Error)
	}
	return nil
}

// Stop ends all nodes and what starts them.
func (n *Nodes) Stop() {
	n.in.Close()
	_ = n.cmd.Wait()
}
