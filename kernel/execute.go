package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/wire"
)

// settle is how long after its beginning a failed cell waits for requests that were sent together
// with it, so that they are aborted too. What arrives after its reply is run.
const settle = 20 * time.Millisecond

// patience is how long after an interrupt a cell is said not to stop, and may be ended by force.
const patience = 3 * time.Second

// run is a running cell.
type run struct {
	id          uint64
	message     *wire.Message
	ctx         context.Context
	cancel      context.CancelFunc
	interrupted time.Time
}

type executeRequest struct {
	Code         string            `json:"code"`
	Silent       bool              `json:"silent"`
	StoreHistory *bool             `json:"store_history"`
	Expressions  map[string]string `json:"user_expressions"`
	AllowStdin   bool              `json:"allow_stdin"`
	StopOnError  *bool             `json:"stop_on_error"`
}

func orTrue(b *bool) bool { return b == nil || *b }

type executeReply struct {
	Status      string                        `json:"status"`
	Count       int                           `json:"execution_count"`
	Expressions map[string]session.Expression `json:"user_expressions"`
	Payload     []any                         `json:"payload"`
	*session.Failure
}

func (k *Kernel) execute(ctx context.Context, cancel context.CancelFunc, ln *lane, m *wire.Message) {
	var req executeRequest
	started := time.Now()
	bad := json.Unmarshal(m.Content, &req)
	store := orTrue(req.StoreHistory) && !req.Silent
	r := &run{message: m, ctx: ctx, cancel: cancel}
	number := k.begin(ln, r, store)
	var f session.Finished
	if bad != nil {
		f.Failure = &session.Failure{Name: "BadRequest", Value: bad.Error(), Traceback: []string{bad.Error()}}
	} else {
		if !req.Silent {
			k.iopub.publish(r.id, "execute_input", input{req.Code, number})
		}
		f = k.session.Run(ctx, session.Request{Run: r.id, Side: ln != k.main, ID: cellID(m), Number: number, Source: req.Code, AllowStdin: req.AllowStdin, Expressions: req.Expressions})
	}
	leave := f.Failure != nil && f.Failure.Name == "CompileError" && leaves(req.Code)
	if leave {
		f = session.Finished{}
	}
	k.show(r.id, f, number, req.Silent)
	var aborted []*wire.Message
	if f.Failure != nil && orTrue(req.StopOnError) && !req.Silent {
		time.Sleep(time.Until(started.Add(settle)))
		aborted = ln.queue.takeAll()
	}
	k.reply(m, number, started, f, leave)
	k.end(ln, m)
	if store {
		k.history.add(number, req.Code, plain(f.Result))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.abort(aborted, number)
}

// abort answers cells that are not run; k.mu is held.
func (k *Kernel) abort(cells []*wire.Message, number int) {
	for _, m := range cells {
		k.srv.Publish(m, "status", state{"busy"})
		k.srv.Reply(wire.Shell, m, "execute_reply", executeReply{Status: "aborted", Count: number, Payload: []any{}})
		k.idle(m)
	}
}

// begin makes r its lane's running cell, and returns the cell's number.
func (k *Kernel) begin(ln *lane, r *run, store bool) (number int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs++
	r.id = k.runs
	k.iopub.add(r.id, r.message)
	ln.running = r
	number = k.count + 1
	if store {
		k.count = number
	}
	k.srv.Publish(r.message, "status", state{"busy"})
	return number
}

func (k *Kernel) end(ln *lane, m *wire.Message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ln.running = nil
	k.idle(m) // it goes last: clients stop listening on it
}

type input struct {
	Code  string `json:"code"`
	Count int    `json:"execution_count"`
}

// show publishes what came of a cell.
func (k *Kernel) show(run uint64, f session.Finished, number int, silent bool) {
	k.iopub.flush(run)
	switch {
	case f.Failure != nil:
		k.iopub.publish(run, "error", f.Failure)
	case f.Result != nil && !silent:
		k.iopub.publish(run, "execute_result", struct {
			Count int `json:"execution_count"`
			output
		}{number, newOutput(*f.Result)})
	}
}

// leaves says whether a cell that no Go compiler knows asks the terminal to end, as people do there.
func leaves(code string) bool {
	switch strings.TrimSuffix(strings.TrimSpace(code), "()") {
	case "exit", "quit":
		return true
	}
	return false
}

func (k *Kernel) reply(m *wire.Message, number int, started time.Time, f session.Finished, leave bool) {
	r := executeReply{Status: "ok", Count: number, Payload: []any{}, Expressions: f.Expressions, Failure: f.Failure}
	if f.Failure != nil {
		r.Status = "error"
	}
	if r.Expressions == nil {
		r.Expressions = map[string]session.Expression{}
	}
	for _, p := range f.Pages {
		r.Payload = append(r.Payload, map[string]any{"source": "page", "data": p.Data, "start": 0})
	}
	if leave {
		r.Payload = append(r.Payload, map[string]any{"source": "ask_exit", "keepkernel": false})
	}
	if f.NextInput != "" {
		r.Payload = append(r.Payload, map[string]any{"source": "set_next_input", "text": f.NextInput, "replace": false})
	}
	metadata := map[string]any{"started": started.UTC().Format(time.RFC3339Nano), "status": r.Status, "dependencies_met": true}
	k.srv.Send(wire.Shell, wire.Outgoing{Identities: m.Identities, Parent: m, Type: "execute_reply", Content: r, Metadata: metadata})
}

// cellID is the id that a notebook gives its cells.
func cellID(m *wire.Message) string {
	var v struct {
		ID string `json:"cellId"`
	}
	json.Unmarshal(m.Metadata, &v)
	return v.ID
}

func plain(s *session.Shown) (text string) {
	if s != nil {
		json.Unmarshal(s.Data["text/plain"], &text)
	}
	return text
}

// interrupt stops the running cells, those of subshells too. The second time, when the first had
// no effect on one, it ends the session process.
func (k *Kernel) interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	stopped := 0
	for _, ln := range k.lanes() {
		if ln.running != nil {
			k.stopRun(ln.running)
			stopped++
		}
	}
	if stopped == 0 {
		fmt.Fprintln(k.opts.Log, "kernel: an interrupt, but no cell runs")
	}
}

// stopRun interrupts one cell; k.mu is held.
func (k *Kernel) stopRun(r *run) {
	switch {
	case r.interrupted.IsZero():
		r.interrupted = time.Now()
		r.cancel()
		time.AfterFunc(patience, func() {
			if k.running(r.id) == r {
				k.iopub.Stream(r.id, "stderr", []byte("The cell does not stop. Interrupt again to end the session process; variables will be as they were before the cell, as far as they could be written down.\n"))
			}
		})
	case time.Since(r.interrupted) >= patience:
		k.session.Kill()
	}
}

// running finds a running cell; nil when it has ended.
func (k *Kernel) running(id uint64) *run {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, ln := range k.lanes() {
		if ln.running != nil && ln.running.id == id {
			return ln.running
		}
	}
	return nil
}

var errNotAsked = errors.New("the front end gave no answer")

// input asks the front end that sent a running cell; one question at a time.
func (k *Kernel) input(ctx context.Context, run uint64, prompt string, password bool) (string, error) {
	k.asking.Lock()
	defer k.asking.Unlock()
	r := k.running(run)
	if r == nil || !content[executeRequest](r.message).AllowStdin {
		return "", session.ErrNoStdin
	}
	select { // an answer to an earlier question
	case <-k.answers:
	default:
	}
	question := map[string]any{"prompt": prompt, "password": password}
	id, err := k.srv.Send(wire.Stdin, wire.Outgoing{Identities: r.message.Identities, Parent: r.message, Type: "input_request", Content: question})
	if err != nil {
		return "", err
	}
	for {
		select {
		case m := <-k.answers:
			// Many clients send no parent.
			if m.Parent.ID != "" && m.Parent.ID != id || string(m.Identities[0]) != string(r.message.Identities[0]) {
				continue
			}
			a := content[struct {
				Status, Value string
			}](m)
			if a.Status != "" && a.Status != "ok" {
				return "", errNotAsked
			}
			return a.Value, nil
		case <-r.ctx.Done():
			return "", r.ctx.Err()
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (k *Kernel) serveStdin() {
	for {
		m, err := k.srv.Recv(wire.Stdin)
		if err != nil {
			return
		}
		if m.Header.Type != "input_reply" {
			continue
		}
		select {
		case k.answers <- m:
		default: // nobody asks
		}
	}
}
