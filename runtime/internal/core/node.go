package core

// NodeConfig describes a virtual node: resources, workers and a store of its own on this machine.
type NodeConfig struct {
	Name              string // "" is chosen
	Resources         Resources
	Labels            map[string]string
	ObjectStoreMemory int64 // bytes
}

// NodeRequest is what a driver that has joined asks about nodes.
type NodeRequest struct {
	Config NodeConfig
	Tied   bool `json:",omitempty"` // the node goes when the driver does
	Drain  bool `json:",omitempty"`
}

// NodeBringer is a driver that can bring nodes of its own.
type NodeBringer interface {
	// BringNode is AddNode of a node that goes when this driver does.
	BringNode(cfg NodeConfig) (id string, err error)
}

// NodeKeeper is implemented by backends whose nodes come and go at run time.
type NodeKeeper interface {
	// AddNode starts a node and returns its id.
	AddNode(cfg NodeConfig) (id string, err error)
	// RemoveNode ends a node at once, as if it had failed: its workers are killed, its objects are
	// lost. With drain it places nothing there any more and ends it when nothing runs on it.
	RemoveNode(id string, drain bool) error
}
