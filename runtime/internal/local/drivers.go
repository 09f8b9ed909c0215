package local

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// maxDrivers is how many drivers are remembered, with those that have left.
const maxDrivers = 1000

// joined notes a driver.
func (b *Backend) joined(p *proc, job, namespace string) {
	b.joins++
	p.visit = b.joins
	d := core.DriverState{PID: p.pid, Job: job, Namespace: namespace, Joined: time.Now()}
	// They run as this user, so the system tells what they are.
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid)); err == nil {
		d.Command = strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
	}
	if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid)); err == nil {
		for _, v := range bytes.Split(env, []byte{0}) {
			if id, ok := bytes.CutPrefix(v, []byte(core.EnvJob+"=")); ok {
				d.Submission = string(id)
			}
		}
	}
	if len(b.drivers) == maxDrivers {
		b.drivers = b.drivers[1:]
	}
	b.drivers = append(b.drivers, d)
}

// departed notes that a driver has left. Nodes that it brought go with it.
func (b *Backend) departed(p *proc) {
	if i := len(b.drivers) - 1 - (b.joins - p.visit); i >= 0 {
		b.drivers[i].Left = time.Now()
	}
	for _, n := range p.brought {
		b.loseNode(n)
	}
}

// Drivers implements core.Warden.
func (b *Backend) Drivers() []core.DriverState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.drivers)
}

// addNodeFor adds a node for a driver that has joined.
func (b *Backend) addNodeFor(p *proc, q core.NodeRequest) (string, error) {
	n, err := b.addNode(q.Config)
	if err != nil {
		return "", err
	}
	if q.Tied {
		p.brought = append(p.brought, n)
	}
	return n.config.Name, nil
}
