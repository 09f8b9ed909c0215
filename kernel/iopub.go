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
	streamEvery  = 20 * time.Millisecond // between stream messages of a cell: fifty a second
	streamDelay  = 5 * time.Millisecond  // of the first, which gathers what is printed together
	streamAtOnce = 1 << 20               // bytes that do not wait
	streamLimit  = 10 << 20              // bytes of one cell
)

// remembered is how many cells are kept for what their goroutines print after they have ended.
// What comes from an older one goes to the cell that owns the session's streams.
const remembered = 500

// iopub publishes the output of cells, each message with the cell that it belongs to as parent.
type iopub struct {
	srv *wire.Server
	ask func(ctx context.Context, run uint64, prompt string, password bool) (string, error)

	mu    sync.Mutex
	runs  map[uint64]*voice
	owner *voice // of the session's own streams: the cell that runs, or the last one
	end   bool

	comms comms
}

var _ session.Sink = (*iopub)(nil)

func newIOPub(srv *wire.Server, ask func(context.Context, uint64, string, bool) (string, error)) *iopub {
	return &iopub{srv: srv, ask: ask, runs: map[uint64]*voice{}, owner: &voice{}}
}

// add makes m the parent of what the run with this number, and no other, sends.
func (o *iopub) add(run uint64, m *wire.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.runs, run-remembered)
	o.runs[run] = &voice{parent: m}
}

// voice is that of a run; o.mu is held.
func (o *iopub) voice(run uint64) *voice {
	if v := o.runs[run]; v != nil {
		return v
	}
	return o.owner
}

// Begin gives the session's own streams to a run.
func (o *iopub) Begin(run uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(o.owner, true)
	o.owner = o.voice(run)
}

// publish sends a message of a run after everything that it printed before.
func (o *iopub) publish(run uint64, typ string, content any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.voice(run)
	o.send(v, true)
	o.srv.Publish(v.parent, typ, content)
}

// flush sends what a run printed.
func (o *iopub) flush(run uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(o.voice(run), true)
}

func (o *iopub) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send(o.owner, true)
	for _, v := range o.runs {
		o.send(v, true)
	}
	o.end = true
}

// Stream takes what a run prints.
func (o *iopub) Stream(run uint64, name string, text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.voice(run)
	if o.end || v.total > streamLimit {
		return
	}
	v.total += len(text)
	if v.total > streamLimit {
		v.add(name, text[:len(text)-(v.total-streamLimit)])
		v.add("stderr", []byte("\n[more than 10 MB of output: the rest is not shown; write it to a file]\n"))
	} else {
		v.add(name, text)
	}
	switch {
	case v.size >= streamAtOnce:
		o.send(v, false)
	case v.timer == nil:
		wait := max(time.Until(v.next), streamDelay)
		v.timer = time.AfterFunc(wait, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.send(v, false)
		})
	}
}

// send sends what is gathered; o.mu is held. All includes a rune whose end has not come yet.
func (o *iopub) send(v *voice, all bool) {
	if v.timer != nil {
		v.timer.Stop()
		v.timer = nil
	}
	sent := v.take(all)
	for _, p := range sent {
		o.srv.Publish(v.parent, "stream", stream{p.name, string(p.text)})
	}
	if len(sent) > 0 {
		v.next = time.Now().Add(time.Duration(len(sent)) * streamEvery)
	}
}

type stream struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// voice is the output of one cell.
type voice struct {
	parent *wire.Message
	parts  []printed // what was printed and is not sent yet, one part per stream
	size   int       // bytes in parts
	total  int       // bytes of the cell
	next   time.Time // when the next stream message may go out
	timer  *time.Timer
}

type printed struct {
	name string
	text []byte
}

func (v *voice) add(name string, text []byte) {
	v.size += len(text)
	for i := range v.parts {
		if v.parts[i].name == name {
			v.parts[i].text = append(v.parts[i].text, text...)
			return
		}
	}
	v.parts = append(v.parts, printed{name, append([]byte(nil), text...)})
}

// take returns what is gathered, and keeps a rune whose end has not come yet, unless all is asked.
func (v *voice) take(all bool) (taken []printed) {
	v.size = 0
	var kept []printed
	for _, p := range v.parts {
		whole := len(p.text)
		if !all {
			whole = wholeRunes(p.text)
		}
		if whole > 0 {
			taken = append(taken, printed{p.name, p.text[:whole]})
		}
		if whole < len(p.text) {
			kept = append(kept, printed{p.name, p.text[whole:]})
			v.size += len(p.text) - whole
		}
	}
	v.parts = kept
	return taken
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
	o.publish(s.Run, typ, newOutput(s))
}

// Clear publishes that the output of the cell goes away.
func (o *iopub) Clear(run uint64, wait bool) {
	o.publish(run, "clear_output", map[string]bool{"wait": wait})
}

// Input asks the front end, after what was printed.
func (o *iopub) Input(ctx context.Context, run uint64, prompt string, password bool) (string, error) {
	o.flush(run)
	return o.ask(ctx, run, prompt, password)
}
