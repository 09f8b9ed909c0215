package ray

import (
	"errors"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
)

// NodeConfig describes a virtual node: a part of this machine with resources, workers and an
// object store of its own, which can fail without the others. YAML keys are Ray's.
type NodeConfig struct {
	// Name is the node's id; "" is chosen.
	Name string `yaml:"node_name"`
	// NumCPUs is a logical amount; 0 is 1, negative is none.
	NumCPUs int `yaml:"num_cpus"`
	// NumGPUs is a logical amount. GPUs that the machine does not have are simulated: tasks are
	// told numbers, which follow those of the nodes before.
	NumGPUs int `yaml:"num_gpus"`
	// Resources are custom amounts, by name.
	Resources map[string]float64 `yaml:"resources"`
	// Labels are what NodeLabels looks at.
	Labels map[string]string `yaml:"labels"`
	// ObjectStoreMemory is the most that objects may take on the node, in bytes; 0 is the node's
	// part of 30 % of the machine's memory, as if there were as many nodes as in Config.Nodes.
	ObjectStoreMemory int64 `yaml:"object_store_memory"`
}

// core checks a node's configuration and fills in the defaults; share is how many nodes the
// machine's memory is for.
func (c NodeConfig) core(share int) (core.NodeConfig, error) {
	if c.NumGPUs < 0 {
		return core.NodeConfig{}, fmt.Errorf("ray: NodeConfig.NumGPUs is %d; use a number ≥ 0", c.NumGPUs)
	}
	if c.ObjectStoreMemory < 0 {
		return core.NodeConfig{}, fmt.Errorf("ray: NodeConfig.ObjectStoreMemory is %d; use a number of bytes, or 0 for a part of the memory", c.ObjectStoreMemory)
	}
	resources := core.Resources(c.Resources).Clone()
	if err := checkCustom("NodeConfig.Resources", resources); err != nil {
		return core.NodeConfig{}, err
	}
	if cpus := max(0, or(c.NumCPUs, 1)); cpus > 0 {
		resources[core.CPU] = float64(cpus)
	}
	if c.NumGPUs > 0 {
		resources[core.GPU] = float64(c.NumGPUs)
	}
	memory := detectMemory() / int64(max(1, share))
	out := core.NodeConfig{Name: c.Name, Resources: resources, Labels: c.Labels, ObjectStoreMemory: or(c.ObjectStoreMemory, memory*3/10)}
	resources[core.Memory], resources[core.Store] = float64(memory), float64(out.ObjectStoreMemory)
	return out, nil
}

// checkCustom refuses custom resources that have a field of their own, or amounts that make no
// sense.
func checkCustom(field string, resources core.Resources) error {
	for _, reserved := range []string{core.CPU, core.GPU, core.Memory, core.Store} {
		if _, set := resources[reserved]; set {
			return fmt.Errorf("ray: %s has %q; use the field of its own (NumCPUs, NumGPUs, ObjectStoreMemory)", field, reserved)
		}
	}
	if err := resources.Check(); err != nil {
		return fmt.Errorf("ray: %s: %w", field, err)
	}
	return nil
}

var errNoNodes = errors.New("ray: the nodes of this cluster are not the session's to add or remove; use the tools that started it")

// AddNode starts a virtual node while the session runs, and returns its id. Tasks that wait for
// resources may run there at once.
func AddNode(cfg NodeConfig) (id string, err error) {
	keeper, share, err := nodeKeeper()
	if err != nil {
		return "", err
	}
	c, err := cfg.core(share)
	if err != nil {
		return "", err
	}
	core.LabelAdded(&c, currentSession().backend.Nodes(), machine.CountGPUs())
	id, err = keeper.AddNode(c)
	return id, nodeError("AddNode", err)
}

// RemoveNode ends a virtual node at once, as if its machine had failed: its workers are killed, its
// objects are gone. Tasks that ran there are retried elsewhere, actors are restarted, and objects
// that tasks have made are made again when they are needed. The driver's own node cannot be removed.
func RemoveNode(id string) error {
	keeper, _, err := nodeKeeper()
	if err != nil {
		return err
	}
	return nodeError("RemoveNode", keeper.RemoveNode(id, false))
}

// DrainNode ends a virtual node without haste: nothing is placed there any more, and when nothing
// runs there its objects move to the driver's node and it ends.
func DrainNode(id string) error {
	keeper, _, err := nodeKeeper()
	if err != nil {
		return err
	}
	return nodeError("DrainNode", keeper.RemoveNode(id, true))
}

func nodeKeeper() (core.NodeKeeper, int, error) {
	s := currentSession()
	if s == nil {
		return nil, 0, notInitialized()
	}
	keeper, ok := s.backend.(core.NodeKeeper)
	if !ok {
		return nil, 0, errNoNodes
	}
	return keeper, len(s.config.Nodes), nil
}

func nodeError(call string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, core.ErrClosed):
		return ErrSessionClosed
	}
	return fmt.Errorf("ray: %s: %s", call, trimPrefix(err.Error()))
}
