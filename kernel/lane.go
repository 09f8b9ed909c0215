package kernel

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/wire"
)

// lane runs cells one after another. The main shell is one; each subshell (JEP 91) is another,
// whose cells run beside those of the rest.
type lane struct {
	id      string // empty: the main shell
	queue   *queue // cells to run
	running *run   // nil between cells; guarded by the kernel's mutex
}

func newLane(id string) *lane { return &lane{id: id, queue: newQueue()} }

// lane finds the lane that a message is for; nil when there is no such subshell.
func (k *Kernel) lane(m *wire.Message) *lane {
	if m.Header.Subshell == "" {
		return k.main
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.subshells[m.Header.Subshell]
}

// lanes are all of them; k.mu is held.
func (k *Kernel) lanes() []*lane {
	return append(slices.Collect(maps.Values(k.subshells)), k.main)
}

// maxSubshells bounds what a client that never deletes any can have.
const maxSubshells = 1000

// subshell answers create_subshell_request, delete_subshell_request and list_subshell_request.
func (k *Kernel) subshell(typ string, m *wire.Message) any {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch typ {
	case "create_subshell_request":
		if len(k.subshells) >= maxSubshells || k.ctx.Err() != nil {
			return refusal{"error", "SubshellError", fmt.Sprintf("no more than %d subshells; delete some first", maxSubshells), []string{}}
		}
		ln := newLane(strings.ToLower(rand.Text()))
		k.subshells[ln.id] = ln
		k.wg.Go(func() { k.serveCells(ln) })
		return map[string]string{"status": "ok", "subshell_id": ln.id}
	case "delete_subshell_request":
		id := content[struct {
			ID string `json:"subshell_id"`
		}](m).ID
		ln := k.subshells[id]
		if ln == nil {
			return unknownSubshell(id)
		}
		delete(k.subshells, id)
		if ln.running != nil {
			ln.running.cancel()
		}
		k.abort(ln.queue.takeAll(), 0)
		ln.queue.close()
		return status{"ok"}
	}
	return map[string]any{"status": "ok", "subshell_id": slices.Sorted(maps.Keys(k.subshells))}
}

// refusal is the content of a reply that says no.
type refusal struct {
	Status    string   `json:"status"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func unknownSubshell(id string) refusal {
	return refusal{"error", "UnknownSubshell", fmt.Sprintf("there is no subshell %q; create_subshell_request makes one", id), []string{}}
}

// refuse answers a message for a subshell that does not exist.
func (k *Kernel) refuse(m *wire.Message) {
	k.around(m, func() {
		if base, ok := strings.CutSuffix(m.Header.Type, "_request"); ok {
			k.srv.Reply(wire.Shell, m, base+"_reply", unknownSubshell(m.Header.Subshell))
		}
	})
}

// serveCells runs the cells of a lane.
func (k *Kernel) serveCells(ln *lane) {
	for {
		m := ln.queue.pop()
		if m == nil {
			return
		}
		ctx, cancel := context.WithCancel(k.ctx)
		k.execute(ctx, cancel, ln, m)
		cancel()
	}
}
