package comms

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// host is a session whose page answers every value with the next one.
type host struct {
	ctx  context.Context
	page plugin.CommHandler
	open func(plugin.Comm, json.RawMessage) plugin.CommHandler
}

func (h *host) Code() engine.Code              { return nil }
func (h *host) CellContext() context.Context   { return h.ctx }
func (h *host) Display(string, display.Bundle) {}
func (h *host) Update(string, display.Bundle)  {}
func (h *host) ID() string                     { return "1" }
func (h *host) Close(any) error                { return nil }
func (h *host) HandleComm(_ string, open func(plugin.Comm, json.RawMessage) plugin.CommHandler) {
	h.open = open
}
func (h *host) OpenComm(string, any, plugin.CommHandler) (plugin.Comm, error) { return h, nil }

func (h *host) Send(data any) error {
	m := data.(message)
	if n, ok := m.Value.(int); ok {
		raw, _ := json.Marshal(message{Address: m.Address + "/back", Value: n + 1})
		h.page.Message(raw)
	}
	return nil
}

func serve(t *testing.T) *host {
	h := &host{ctx: t.Context()}
	Serve(h)
	t.Cleanup(Stop)
	h.page = h.open(h, nil)
	return h
}

func TestValues(t *testing.T) {
	h := serve(t)
	l := Listen[int]("/n/back").WithBuffer(3)
	for i := range 3 {
		Send("n", i)
	}
	for i := range 3 {
		if v := <-l.C; v != i+1 {
			t.Errorf("got %d, want %d", v, i+1)
		}
	}
	l.Close()
	l.Close()
	if _, ok := <-l.C; ok || !l.IsClosed() {
		t.Error("the channel is open")
	}
	got := make(chan string, 1)
	id := Subscribe("text", func(_ string, v string) { got <- v })
	h.page.Message(json.RawMessage(`{"address": "/text", "value": "a"}`))
	if v := <-got; v != "a" {
		t.Error(v)
	}
	Unsubscribe(id)
}

func TestStopClosesListeners(t *testing.T) {
	serve(t)
	l := Listen[string]("x")
	Stop()
	if _, ok := <-l.C; ok {
		t.Error("a value")
	}
}

func TestConvertTo(t *testing.T) {
	if n, err := ConvertTo[int]("42"); n != 42 || err != nil {
		t.Error(n, err)
	}
	if n, err := ConvertTo[int](41.6); n != 42 || err != nil {
		t.Error(n, err)
	}
	if m, err := ConvertTo[map[string]int](map[string]any{"a": 1.0}); m["a"] != 1 || err != nil {
		t.Error(m, err)
	}
	if _, err := ConvertTo[[]int]("x"); err == nil {
		t.Error("no error")
	}
}
