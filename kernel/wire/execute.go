package wire

import (
	"context"
	"net"
	"time"
)

// Request is a cell to run. The zero value of each field is what a notebook sends, but for
// StopOnError, which a notebook sets.
type Request struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	NoHistory       bool              `json:"-"`
	UserExpressions map[string]string `json:"user_expressions"`
	StopOnError     bool              `json:"stop_on_error"`
	Subshell        string            `json:"-"` // see Client.CreateSubshell
}

// Handlers are told what a cell does while it runs; they are called by the goroutine that called
// Execute. Without Input, a cell that asks for input fails.
type Handlers struct {
	Output func(*Message) // everything on iopub that belongs to the request, status too
	Input  func(prompt string, password bool) (string, error)
}

// Reply is the content of an execute_reply.
type Reply struct {
	Status          string           `json:"status"` // "ok", "error" or "aborted"
	Count           int              `json:"execution_count"`
	Name            string           `json:"ename"`
	Value           string           `json:"evalue"`
	Traceback       []string         `json:"traceback"`
	Payload         []map[string]any `json:"payload"`
	UserExpressions map[string]any   `json:"user_expressions"`
}

// Execute runs a cell, and returns when its reply and all its output are there. A cell that fails
// is no error of Execute. When ctx ends, the cell goes on; see Interrupt.
func (k *Client) Execute(ctx context.Context, r Request, h Handlers) (Reply, error) {
	content := struct {
		Request
		StoreHistory bool `json:"store_history"`
		AllowStdin   bool `json:"allow_stdin"`
	}{r, !r.NoHistory, h.Input != nil}
	if content.UserExpressions == nil {
		content.UserExpressions = map[string]string{}
	}
	id, c, err := k.start(Shell, Outgoing{Type: "execute_request", Content: content, Subshell: r.Subshell}, true)
	if err != nil {
		return Reply{}, err
	}
	defer k.finish(id, c)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	var reply *Message
	for idle := false; reply == nil || !idle; {
		select {
		case reply = <-c.reply:
		case m := <-c.iopub:
			idle = idle || isIdle(m)
			if h.Output != nil {
				h.Output(m)
			}
		case m := <-c.input:
			if err := k.answer(m, h); err != nil {
				return Reply{}, err
			}
		case <-ctx.Done():
			return Reply{}, ctx.Err()
		case <-k.ctx.Done():
			return Reply{}, net.ErrClosed
		case <-beat.C:
			if !k.alive() {
				return Reply{}, ErrKernelGone
			}
		}
	}
	return decode[Reply](reply)
}

func isIdle(m *Message) bool {
	if m.Header.Type != "status" {
		return false
	}
	s, err := decode[struct {
		State string `json:"execution_state"`
	}](m)
	return err == nil && s.State == "idle"
}

func (k *Client) answer(m *Message, h Handlers) error {
	ask, err := decode[struct {
		Prompt   string
		Password bool
	}](m)
	if err != nil || h.Input == nil {
		return err
	}
	text, err := h.Input(ask.Prompt, ask.Password)
	if err != nil {
		return err
	}
	frames, _, err := k.codec.Encode(Outgoing{Parent: m, Type: "input_reply", Content: map[string]string{"status": "ok", "value": text}})
	if err != nil {
		return err
	}
	return k.send(Stdin, frames)
}
