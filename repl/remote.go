package repl

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

// patience is how long a running kernel may take to answer a question about source.
const patience = 2 * time.Second

// remote is a kernel that runs already, perhaps with a notebook attached.
type remote struct {
	client   *wire.Client
	screen   *screen
	out, err io.Writer
	count    int // of the last cell, whoever ran it
}

// attach connects to the kernel of a connection file.
func attach(ctx context.Context, path string, s *screen, out, errs io.Writer) (*remote, error) {
	c, err := wire.ReadConnection(path)
	if err != nil {
		return nil, err
	}
	client, err := wire.Dial(ctx, c)
	if err != nil {
		return nil, err
	}
	return &remote{client: client, screen: s, out: out, err: errs}, nil
}

// remoteError is the error of a cell as the kernel reports it.
type remoteError struct{ reply wire.Reply }

func (e *remoteError) Error() string {
	if len(e.reply.Traceback) > 0 {
		return strings.Join(e.reply.Traceback, "\n")
	}
	if e.reply.Status == "aborted" {
		return "the kernel dropped the cell, because one before it failed; run it again"
	}
	return e.reply.Name + ": " + e.reply.Value
}

func (r *remote) execute(ctx context.Context, cell engine.Cell) (out session.Outcome) {
	// The end of ctx is an interrupt of the cell, not the end of the conversation.
	stop := context.AfterFunc(ctx, func() {
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		r.client.Interrupt(once)
	})
	defer stop()
	handlers := wire.Handlers{Output: r.output, Input: r.screen.Input}
	reply, err := r.client.Execute(context.WithoutCancel(ctx), wire.Request{Code: cell.Source, StopOnError: true}, handlers)
	if err != nil {
		out.Err = err
		return out
	}
	r.count = reply.Count
	for _, payload := range reply.Payload {
		if data, ok := payload["data"].(map[string]any); ok && payload["source"] == "page" {
			out.Pages = append(out.Pages, display.Bundle{Data: data})
		}
	}
	switch {
	case reply.Status == "ok":
	case ctx.Err() != nil:
		out.Err = engine.ErrInterrupted
	default:
		out.Err = &remoteError{reply}
	}
	return out
}

// output shows what comes in while a cell runs.
func (r *remote) output(m *wire.Message) {
	var c struct {
		Name, Text string
		Data       map[string]any
		Transient  struct {
			ID string `json:"display_id"`
		}
	}
	if json.Unmarshal(m.Content, &c) != nil {
		return
	}
	switch m.Header.Type {
	case "stream":
		r.screen.flush()
		to := r.out
		if c.Name == "stderr" {
			to = r.err
		}
		io.WriteString(to, c.Text)
	case "display_data", "execute_result":
		r.screen.Display(c.Transient.ID, received(c.Data))
	case "update_display_data":
		r.screen.Update(c.Transient.ID, received(c.Data))
	}
}

// received is a bundle as it was before the wire: images are bytes again.
func received(data map[string]any) display.Bundle {
	if text, ok := data[display.MIMETypePNG].(string); ok {
		if png, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil {
			data[display.MIMETypePNG] = png
		}
	}
	return display.Bundle{Data: data}
}

// ask sends a question on shell and decodes the answer.
func (r *remote) ask(question string, content, answer any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	m, err := r.client.Request(ctx, wire.Shell, question, content)
	if err != nil {
		return err
	}
	return json.Unmarshal(m.Content, answer)
}

func (r *remote) isComplete(source string) (engine.Completeness, string) {
	var answer struct {
		Status engine.Completeness
		Indent string
	}
	if r.ask("is_complete_request", map[string]string{"code": source}, &answer) != nil {
		return engine.Unknown, ""
	}
	return answer.Status, answer.Indent
}

func (r *remote) complete(source string, cursor int) engine.Completions {
	var answer struct {
		Matches  []string
		Start    int `json:"cursor_start"`
		End      int `json:"cursor_end"`
		Metadata struct {
			Types []struct{ Text, Type, Signature string } `json:"_jupyter_types_experimental"`
		}
	}
	// Jupyter counts code points.
	question := map[string]any{"code": source, "cursor_pos": utf8.RuneCountInString(source[:cursor])}
	if r.ask("complete_request", question, &answer) != nil {
		return engine.Completions{}
	}
	out := engine.Completions{Start: byteOffset(source, answer.Start), End: byteOffset(source, answer.End)}
	for i, match := range answer.Matches {
		item := engine.Completion{Text: match}
		if i < len(answer.Metadata.Types) {
			item.Kind, item.Signature = answer.Metadata.Types[i].Type, answer.Metadata.Types[i].Signature
		}
		out.Items = append(out.Items, item)
	}
	return out
}

func byteOffset(s string, runes int) int {
	for i := range s {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(s)
}

// variables are not told by a kernel; %who shows them there.
func (r *remote) variables() []engine.Variable { return nil }
func (r *remote) number(int) int               { return r.count + 1 }
func (r *remote) close() error                 { return r.client.Close() }

// errorText is what is printed for the error of a cell.
func errorText(err error, color bool) string {
	var there *remoteError
	if errors.As(err, &there) {
		if !color {
			return stripEscapes(there.Error())
		}
		return there.Error()
	}
	if errors.Is(err, wire.ErrKernelGone) {
		return fmt.Sprint(err)
	}
	return session.NewReport(err, color).Text()
}
