package kernel

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

// answerWithin bounds how long completion and inspection wait for a session that is starting.
const answerWithin = 5 * time.Second

// query answers what is neither a cell nor control.
func (k *Kernel) query(m *wire.Message) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	switch m.Header.Type {
	case "complete_request":
		k.srv.Reply(wire.Shell, m, "complete_reply", k.complete(ctx, content[cursor](m)))
	case "inspect_request":
		k.srv.Reply(wire.Shell, m, "inspect_reply", k.inspect(ctx, content[cursor](m)))
	case "is_complete_request":
		k.srv.Reply(wire.Shell, m, "is_complete_reply", k.isComplete(ctx, content[cursor](m)))
	case "history_request":
		k.srv.Reply(wire.Shell, m, "history_reply", k.history.answer(content[historyRequest](m)))
	case "comm_info_request":
		k.srv.Reply(wire.Shell, m, "comm_info_reply", map[string]any{"status": "ok", "comms": k.iopub.comms.info(content[comm](m).Target)})
	case "comm_open", "comm_msg", "comm_close":
		k.comm(ctx, m)
	default:
		fmt.Fprintf(k.opts.Log, "kernel: no answer to %s\n", m.Header.Type)
	}
}

// cursor is a place in code; the position counts code points, and is the end when absent.
type cursor struct {
	Code   string `json:"code"`
	Pos    *int   `json:"cursor_pos"`
	Detail int    `json:"detail_level"`
}

func (c cursor) offset() int {
	if c.Pos == nil {
		return len(c.Code)
	}
	n := 0
	for i := range c.Code {
		if n >= *c.Pos {
			return i
		}
		n++
	}
	return len(c.Code)
}

// points converts a byte offset to code points.
func (c cursor) points(offset int) int {
	return utf8.RuneCountInString(c.Code[:min(max(offset, 0), len(c.Code))])
}

type completion struct {
	Start     int    `json:"start"`
	End       int    `json:"end"`
	Text      string `json:"text"`
	Type      string `json:"type"`
	Signature string `json:"signature,omitempty"`
}

type completions struct {
	Status   string                  `json:"status"`
	Matches  []string                `json:"matches"`
	Start    int                     `json:"cursor_start"`
	End      int                     `json:"cursor_end"`
	Metadata map[string][]completion `json:"metadata"`
}

// kinds are the names that front ends have icons for.
var kinds = map[string]string{
	"package": "module", "function": "function", "method": "function", "field": "property", "variable": "instance",
	"constant": "statement", "type": "class", "keyword": "keyword", "magic": "magic", "string": "path",
}

func (k *Kernel) complete(ctx context.Context, at cursor) completions {
	offset := at.offset()
	c, err := k.session.Complete(ctx, at.Code, offset)
	if err != nil {
		c = engine.Completions{Start: offset, End: offset}
	}
	r := completions{Status: "ok", Matches: []string{}, Start: at.points(c.Start), End: at.points(c.End)}
	types := []completion{}
	for _, item := range c.Items {
		r.Matches = append(r.Matches, item.Text)
		types = append(types, completion{r.Start, r.End, item.Text, kinds[item.Kind], item.Signature})
	}
	r.Metadata = map[string][]completion{"_jupyter_types_experimental": types}
	return r
}

func (k *Kernel) inspect(ctx context.Context, at cursor) any {
	in, ok, err := k.session.Inspect(ctx, at.Code, at.offset(), at.Detail)
	reply := map[string]any{"status": "ok", "found": ok && err == nil, "data": map[string]any{}, "metadata": map[string]any{}}
	if ok && err == nil {
		reply["data"] = session.InspectionBundle(in).Data
	}
	return reply
}

func (k *Kernel) isComplete(ctx context.Context, at cursor) any {
	s, indent, err := k.session.IsComplete(ctx, at.Code)
	if err != nil {
		s = engine.Unknown
	}
	reply := map[string]string{"status": string(s)}
	if s == engine.Incomplete {
		reply["indent"] = indent
	}
	return reply
}
