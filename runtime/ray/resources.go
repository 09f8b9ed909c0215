package ray

// ClusterResources returns what the cluster has, by name; nil when not initialised. Memory is in
// bytes.
func ClusterResources() map[string]float64 {
	if s := currentSession(); s != nil {
		return s.backend.Total()
	}
	return nil
}

// AvailableResources returns what is not in use at the moment; nil when not initialised.
func AvailableResources() map[string]float64 {
	if s := currentSession(); s != nil {
		return s.backend.Available()
	}
	return nil
}

// Node describes a node of the cluster.
type Node struct {
	ID, IP    string
	Alive     bool
	Resources map[string]float64
	Labels    map[string]string
	// SimulatedGPUs are those of the GPUs that no device stands for.
	SimulatedGPUs int
}

// Nodes lists the nodes; nil when not initialised.
func Nodes() []Node {
	s := currentSession()
	if s == nil {
		return nil
	}
	var nodes []Node
	for _, n := range s.backend.Nodes() {
		nodes = append(nodes, Node{ID: n.ID, IP: n.IP, Alive: n.Alive, Resources: n.Resources, Labels: n.Labels, SimulatedGPUs: simulatedOn(&n)})
	}
	return nodes
}
