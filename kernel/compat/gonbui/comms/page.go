package comms

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/kernel/compat/gonbui"
	"github.com/goray/goray/kernel/compat/gonbui/protocol"
	"github.com/goray/goray/kernel/plugin"
)

// Target is the comm to which pages connect.
const Target = "goray.gonb"

// patience is how long the first use waits for a page; where none came, later uses do not wait.
const patience = 5 * time.Second

//go:embed page.js
var pageScript string

// page is the connection to the pages that show the notebook.
var page struct {
	sync.Mutex
	host      plugin.Host
	open      map[string]plugin.Comm
	connected chan struct{} // closed when a page is there
	tried     bool
	cell      context.Context // that showed the script last
	listeners map[*Listener]string
	values    map[string]any
	late      []message // for a page that connects while the cell runs
}

// message is what goes over the comm. Script is run in the page, when it shows the element Wait.
type message struct {
	Address string  `json:"address,omitempty"`
	Value   any     `json:"value,omitempty"`
	Request bool    `json:"request,omitempty"`
	Script  *string `json:"script,omitempty"`
	Wait    string  `json:"wait,omitempty"`
}

// Serve connects the package to a session; Stop disconnects it.
func Serve(host plugin.Host) {
	page.Lock()
	page.host, page.tried, page.cell = host, false, nil
	page.open, page.values = map[string]plugin.Comm{}, map[string]any{}
	page.listeners = map[*Listener]string{}
	page.connected = make(chan struct{})
	page.Unlock()
	if c, ok := host.(plugin.CommHost); ok {
		c.HandleComm(Target, opened)
	}
}

// Stop ends all listeners.
func Stop() {
	page.Lock()
	listeners := page.listeners
	page.host, page.open, page.listeners = nil, nil, nil
	page.Unlock()
	for l := range listeners {
		l.Close()
	}
}

func opened(c plugin.Comm, _ json.RawMessage) plugin.CommHandler {
	page.Lock()
	defer page.Unlock()
	if page.open == nil {
		return plugin.CommHandler{}
	}
	page.open[c.ID()] = c
	late := page.late
	page.late = nil
	go func() {
		for _, m := range late {
			c.Send(m)
		}
	}()
	select {
	case <-page.connected:
	default:
		close(page.connected)
	}
	return plugin.CommHandler{Message: received, Close: func(json.RawMessage) { forget(c.ID()) }}
}

func forget(id string) {
	page.Lock()
	defer page.Unlock()
	delete(page.open, id)
	if len(page.open) == 0 && page.open != nil {
		page.connected = make(chan struct{})
		page.tried = false
	}
}

func received(data json.RawMessage) {
	var m message
	if json.Unmarshal(data, &m) != nil || m.Address == "" {
		return
	}
	deliver(m.Address, m.Value)
}

func deliver(address string, value any) {
	address = normal(address)
	page.Lock()
	var to []*Listener
	page.values[address] = value
	for l, a := range page.listeners {
		if a == address {
			to = append(to, l)
		}
	}
	page.Unlock()
	for _, l := range to {
		l.take(address, value)
	}
}

func normal(address string) string { return strings.TrimLeft(address, "/") }

// Connected reports whether a page is connected. The first use in a session, and after a page has
// gone, shows the script that connects one, and waits for it up to three seconds.
func Connected() bool {
	page.Lock()
	host, connected, tried := page.host, page.connected, page.tried
	if host == nil {
		page.Unlock()
		return false
	}
	ctx := host.CellContext()
	fresh := page.cell != ctx
	if fresh {
		page.late = nil
	}
	page.cell, page.tried = ctx, true
	here := len(page.open) > 0
	page.Unlock()
	if here {
		return true
	}
	id := kernelID()
	_, comms := host.(plugin.CommHost)
	if id == "" || !comms {
		return false
	}
	wait := time.Duration(0)
	if fresh {
		showScript(ctx, id, connected)
		wait = patience
		if tried {
			wait = patience / 5
		}
	}
	select {
	case <-connected:
	case <-ctx.Done():
	case <-time.After(wait):
	}
	return isOpen()
}

func isOpen() bool {
	page.Lock()
	defer page.Unlock()
	return len(page.open) > 0
}

// showScript shows the script that connects a page. It goes when it has done its work, or with the
// end of the cell: a saved notebook must not try to connect.
func showScript(ctx context.Context, id string, connected chan struct{}) {
	shown := "gonb_connect_" + gonbui.UniqueId()
	show := func(html string) {
		gonbui.SendData(&protocol.DisplayData{DisplayID: shown, Data: map[protocol.MIMEType]any{
			protocol.MIMETextHTML: html, protocol.MIMETextPlain: "",
		}})
	}
	show("<script>" + strings.Replace(pageScript, "KERNEL_ID", fmt.Sprintf("%q", id), 1) + "</script>")
	go func() {
		select {
		case <-connected:
		case <-ctx.Done():
		}
		show("")
	}()
}

// kernelID is the name by which the Jupyter server knows the kernel: that of its connection file.
func kernelID() string {
	name := strings.TrimSuffix(filepath.Base(os.Getenv("GORAY_CONNECTION_FILE")), ".json")
	id, ok := strings.CutPrefix(name, "kernel-")
	if !ok {
		return ""
	}
	return id
}

// RunScript runs JavaScript in the connected pages, in the order of the calls, as soon as the page
// shows the element with the id wait (empty: at once). ok is false where no page is connected.
func RunScript(script, wait string) (ok bool) {
	return Connected() && broadcast(message{Script: &script, Wait: wait})
}

// RunScriptLater is RunScript; where no page is connected yet, it runs when one is, while the cell
// runs.
func RunScriptLater(script, wait string) {
	sendLater(message{Script: &script, Wait: wait})
}

func sendLater(m message) {
	Connected()
	page.Lock()
	if len(page.open) == 0 {
		page.late = append(page.late, m)
		page.Unlock()
		return
	}
	page.Unlock()
	broadcast(m)
}

func broadcast(m message) (ok bool) {
	page.Lock()
	var to []plugin.Comm
	for _, c := range page.open {
		to = append(to, c)
	}
	page.Unlock()
	for _, c := range to {
		if c.Send(m) == nil {
			ok = true
		}
	}
	return ok
}
