package kernel

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

// comm is the content of comm_open, comm_msg and comm_close, and of comm_info_request.
type comm struct {
	ID     string          `json:"comm_id"`
	Target string          `json:"target_name,omitempty"`
	Data   json.RawMessage `json:"data"`
}

// comms are the open channels between pages and the session.
type comms struct {
	mu      sync.Mutex
	targets map[string]string // by comm
}

// note keeps track of a message in either direction.
func (c *comms) note(kind, id, target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case kind == "close":
		delete(c.targets, id)
	case kind == "open":
		if c.targets == nil {
			c.targets = map[string]string{}
		}
		c.targets[id] = target
	}
}

func (c *comms) takeAll() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.targets
	c.targets = nil
	return all
}

// info lists the channels of a target, or all.
func (c *comms) info(target string) map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]any{}
	for id, t := range c.targets {
		if target == "" || t == target {
			all[id] = map[string]string{"target_name": t}
		}
	}
	return all
}

// comm passes a page's message on. What nobody in the session wants to open is closed.
func (k *Kernel) comm(ctx context.Context, m *wire.Message) {
	c := content[comm](m)
	kind := strings.TrimPrefix(m.Header.Type, "comm_")
	k.iopub.comms.note(kind, c.ID, c.Target)
	known, err := k.session.Comm(ctx, session.CommMessage{Kind: kind, ID: c.ID, Target: c.Target, Data: c.Data})
	if kind == "open" && (err != nil || !known) {
		k.iopub.comms.note("close", c.ID, "")
		k.srv.Publish(m, "comm_close", comm{ID: c.ID, Data: json.RawMessage("{}")})
	}
}

var _ session.CommSink = (*iopub)(nil)

// Comm publishes a message of the session. It belongs to no cell: who has the comm takes it.
func (o *iopub) Comm(m session.CommMessage) {
	o.comms.note(m.Kind, m.ID, m.Target)
	o.srv.Publish(nil, "comm_"+m.Kind, comm{m.ID, m.Target, m.Data})
}

// CommsGone publishes the end of all channels, whose other side has ended.
func (o *iopub) CommsGone() {
	for id := range o.comms.takeAll() {
		o.srv.Publish(nil, "comm_close", comm{ID: id, Data: json.RawMessage("{}")})
	}
}
