package launcher

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// A Cluster is what a cluster file asks for, with the defaults of its provider filled in.
type Cluster struct {
	Name        string
	Provider    string
	MaxWorkers  int
	IdleMinutes float64
	SSHUser     string
	SSHKey      string // the private key's file; "" when Ray makes one
	Nodes       []NodeType
	Setup       []string // of the file; nil when it has none
	Image       string   // of the container, where one is asked for

	// settings are the keys of the provider section.
	settings map[string]any
	document *Document
}

// A NodeType is a kind of machine of a cluster.
type NodeType struct {
	Name      string
	Head      bool
	Machine   string // the provider's name of the machine type, "" where it has none
	Resources map[string]int
	Min, Max  int
	Spot      bool // may be taken away by the provider at any time, and costs less
}

// file is the part of a cluster file that is read into Go.
type file struct {
	Name     string         `yaml:"cluster_name"`
	Max      *int           `yaml:"max_workers"`
	Min      *int           `yaml:"min_workers"`
	Idle     *float64       `yaml:"idle_timeout_minutes"`
	Provider map[string]any `yaml:"provider"`
	Auth     struct {
		User string `yaml:"ssh_user"`
		Key  string `yaml:"ssh_private_key"`
	} `yaml:"auth"`
	Docker struct {
		Image string `yaml:"image"`
	} `yaml:"docker"`
	Head  string `yaml:"head_node_type"`
	Types map[string]struct {
		Config    map[string]any `yaml:"node_config"`
		Resources map[string]int `yaml:"resources"`
		Min       int            `yaml:"min_workers"`
		Max       *int           `yaml:"max_workers"`
	} `yaml:"available_node_types"`
	Setup []string `yaml:"setup_commands"`
}

// Overrides are the flags that change what a file says, as those of "ray up" do.
type Overrides struct {
	Name     string
	Min, Max *int
}

// goodName is how clusters may be called: files are named after them.
var goodName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

func lineOf(n *yaml.Node, key string) int {
	if v := child(n, key); v != nil {
		return v.Line
	}
	return 0
}

// Cluster reads the document as the cluster it describes. Fields that the file leaves out have
// Ray's defaults: those of the provider's own defaults.yaml.
func (d *Document) Cluster(o Overrides) (*Cluster, error) {
	var f file
	if err := d.root.Decode(&f); err != nil {
		return nil, d.refuse(syntaxProblem(err))
	}
	kindName, _ := f.Provider["type"].(string)
	p := providers[kindName]
	c := &Cluster{Name: cmp.Or(o.Name, f.Name), Provider: kindName, MaxWorkers: p.maxWorkers, IdleMinutes: 5,
		SSHUser: cmp.Or(f.Auth.User, p.sshUser), SSHKey: f.Auth.Key, Setup: f.Setup, Image: f.Docker.Image,
		settings: f.Provider, document: d}
	if !goodName.MatchString(c.Name) {
		return nil, d.refuse(Problem{Line: lineOf(d.root, "cluster_name"), Message: fmt.Sprintf("the cluster cannot be called %q", c.Name),
			Hint: "files are named after it: use letters, digits, '_', '.' and '-', and a letter or digit first"})
	}
	if f.Idle != nil {
		c.IdleMinutes = *f.Idle
	}
	if p.machines != nil {
		// The file lists the machines: they are all used unless it says less.
		c.MaxWorkers = p.machines(f.Provider)
	}
	if f.Max != nil {
		c.MaxWorkers = *f.Max
	}
	if o.Max != nil {
		c.MaxWorkers = *o.Max
	}
	least := 0
	if p.machines != nil {
		least = min(c.MaxWorkers, p.machines(f.Provider))
	}
	if p.counted {
		least = min(deref(o.Min, deref(f.Min, least)), c.MaxWorkers)
	}
	if len(f.Types) == 0 {
		c.Nodes = slices.Clone(p.types)
		for i := range c.Nodes {
			if !c.Nodes[i].Head {
				c.Nodes[i].Min, c.Nodes[i].Max = least, c.MaxWorkers
			}
		}
		return c, nil
	}
	for name, t := range f.Types {
		n := NodeType{Name: name, Head: name == f.Head, Resources: t.Resources, Min: t.Min, Max: c.MaxWorkers}
		if t.Max != nil {
			n.Max = min(*t.Max, c.MaxWorkers)
		} else if n.Head {
			n.Max = 0
		}
		if p.machine != nil {
			n.Machine, n.Spot = p.machine(t.Config)
		}
		c.Nodes = append(c.Nodes, n)
	}
	slices.SortFunc(c.Nodes, func(a, b NodeType) int {
		if a.Head != b.Head {
			return map[bool]int{true: -1, false: 1}[a.Head]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return c, nil
}

func deref(p *int, otherwise int) int {
	if p == nil {
		return otherwise
	}
	return *p
}

// Head is the type of the head.
func (c *Cluster) Head() NodeType {
	for _, n := range c.Nodes {
		if n.Head {
			return n
		}
	}
	return NodeType{}
}

// Workers are the types that have workers.
func (c *Cluster) Workers() []NodeType {
	var out []NodeType
	for _, n := range c.Nodes {
		if !n.Head || n.Max > 0 {
			out = append(out, n)
		}
	}
	return out
}

// MinWorkers is the number of workers that are there without any work.
func (c *Cluster) MinWorkers() int {
	sum := 0
	for _, n := range c.Nodes {
		sum += n.Min
	}
	return sum
}

// setting is a text of the provider section, "" when it is absent.
func (c *Cluster) setting(key string) string {
	s, _ := c.settings[key].(string)
	return s
}

// tree is the document as values, to which additions can be made.
func (d *Document) tree() (map[string]any, error) {
	var m map[string]any
	raw, err := yaml.Marshal(d.root)
	if err != nil {
		return nil, err
	}
	return m, yaml.Unmarshal(raw, &m)
}
