package kernel

import (
	"context"
	"encoding/json"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

const (
	streamEvery  = 20 * time.Millisecond // between stream messages: fifty a second
	streamDelay  = 5 * time.Millisecond  // of the first, which gathers what is printed together
	streamAtOnce = 1 << 20               // bytes that do not wait
	streamLimit  = 10 << 20              // bytes of one cell
)

// iopub publishes the output of cells, each message with the cell that it belongs to as parent.
// Between cells that is the last one.
type iopub struct {
	srv *wire.Server
	ask func(ctx context.Context, prompt string, password bool) (string, error)

	mu     sync.Mutex
	parent *wire.Message
	parts  []printed // what was printed and is not sent yet, one part per stream
	size   int       // bytes in parts
	total  int       // bytes of the cell
	next   time.Time // when the next stream message may go out
	timer  *time.Timer
	end    bool

	comms comms
}

type printed struct {
	name string
	text []byte
}

var _ session.Sink = (*iopub)(nil)

func newIOPub(srv *wire.Server, ask func(context.Context, string, bool) (string, error)) *iopub {
	return &iopub{srv: srv, ask: ask}
}

// begin makes m the parent of what follows.
func (o *iopub) begin(m *wire.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(true)
	o.parent, o.total = m, 0
}

// publish sends a message after everything that was printed before it.
func (o *iopub) publish(typ string, content any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(true)
	o.srv.Publish(o.parent, typ, content)
}

// flush sends what was printed.
func (o *iopub) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(true)
}

func (o *iopub) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(true)
	o.end = true
}

// Stream takes what a cell prints.
func (o *iopub) Stream(name string, text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end || o.total > streamLimit {
		return
	}
	o.total += len(text)
	if o.total > streamLimit {
		o.add(name, text[:len(text)-(o.total-streamLimit)])
		o.add("stderr", []byte("\n[more than 10 MB of output: the rest is not shown; write it to a file]\n"))
	} else {
		o.add(name, text)
	}
	switch {
	case o.size >= streamAtOnce:
		o.send(false)
	case o.timer == nil:
		wait := max(time.Until(o.next), streamDelay)
		o.timer = time.AfterFunc(wait, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.send(false)
		})
	}
}

func (o *iopub) add(name string, text []byte) {
	o.size += len(text)
	for i := range o.parts {
		if o.parts[i].name == name {
			o.parts[i].text = append(o.parts[i].text, text...)
			return
		}
	}
	o.parts = append(o.parts, printed{name, append([]byte(nil), text...)})
}

// send sends what is gathered; o.mu is held. All includes a rune whose end has not come yet.
func (o *iopub) send(all bool) {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	o.size = 0
	sent := 0
	kept := o.parts[:0]
	for _, p := range o.parts {
		whole := len(p.text)
		if !all {
			whole = wholeRunes(p.text)
		}
		if whole > 0 {
			o.srv.Publish(o.parent, "stream", stream{p.name, string(p.text[:whole])})
			sent++
		}
		if whole < len(p.text) {
			kept = append(kept, printed{p.name, p.text[whole:]})
			o.size += len(p.text) - whole
		}
	}
	o.parts = kept
	if sent > 0 {
		o.next = time.Now().Add(time.Duration(sent) * streamEvery)
	}
}

type stream struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// wholeRunes is the length of text without a rune at its end that is cut off.
func wholeRunes(text []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if at := len(text) - i; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				return at
			}
			break
		}
	}
	return len(text)
}

// output is the content of display_data, update_display_data and execute_result.
type output struct {
	Data      map[string]json.RawMessage `json:"data"`
	Metadata  map[string]json.RawMessage `json:"metadata"`
	Transient map[string]string          `json:"transient,omitempty"`
}

func newOutput(s session.Shown) output {
	o := output{Data: s.Data, Metadata: s.Metadata}
	if s.ID != "" {
		o.Transient = map[string]string{"display_id": s.ID}
	}
	if o.Metadata == nil {
		o.Metadata = map[string]json.RawMessage{}
	}
	return o
}

// Show publishes a display, or an update of one.
func (o *iopub) Show(s session.Shown) {
	typ := "display_data"
	if s.Update {
		typ = "update_display_data"
	}
	o.publish(typ, newOutput(s))
}

// Clear publishes that the output of the cell goes away.
func (o *iopub) Clear(wait bool) { o.publish("clear_output", map[string]bool{"wait": wait}) }

// Input asks the front end, after what was printed.
func (o *iopub) Input(ctx context.Context, prompt string, password bool) (string, error) {
	o.flush()
	return o.ask(ctx, prompt, password)
}
