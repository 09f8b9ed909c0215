package worker

import "github.com/goray/goray/runtime/internal/core"

// Record implements core.EventLog.
func (d *Driver) Record(e core.Event) { _ = d.inquire("record", e, nil) } // it fails when nobody listens any more

// Events implements core.EventLog.
func (d *Driver) Events(after int64) []core.Event {
	return d.observe(core.Observation{What: "events", After: after}).Events
}

// Stacks implements core.Warden.
func (d *Driver) Stacks(pid int) []core.Stack {
	return d.observe(core.Observation{What: "stacks", PID: pid}).Stacks
}

// Demands implements core.Warden.
func (d *Driver) Demands() []core.Demand {
	return d.observe(core.Observation{What: "demands"}).Demands
}

// Drivers implements core.Warden.
func (d *Driver) Drivers() []core.DriverState {
	return d.observe(core.Observation{What: "drivers"}).Drivers
}

// AddNode implements core.NodeKeeper.
func (d *Driver) AddNode(cfg core.NodeConfig) (id string, err error) {
	err = d.inquire("add node", core.NodeRequest{Config: cfg}, &id)
	return id, err
}

// BringNode is AddNode of a node that goes when this driver leaves.
func (d *Driver) BringNode(cfg core.NodeConfig) (id string, err error) {
	err = d.inquire("add node", core.NodeRequest{Config: cfg, Tied: true}, &id)
	return id, err
}

// RemoveNode implements core.NodeKeeper.
func (d *Driver) RemoveNode(id string, drain bool) error {
	return d.inquire("remove node", core.NodeRequest{Config: core.NodeConfig{Name: id}, Drain: drain}, nil)
}

// Ended implements core.Ender.
func (d *Driver) Ended() <-chan struct{} { return d.link.ended() }

// Lines answers a question for output: of whom, and after which line.
func (d *Driver) Lines(q core.Observation) (lines []core.OutputLine, known bool) {
	q.What = "output"
	o := d.observe(q)
	return o.Lines, o.Known
}
