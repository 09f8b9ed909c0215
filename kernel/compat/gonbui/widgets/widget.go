package widgets

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/goray/goray/kernel/compat/gonbui"
	"github.com/goray/goray/kernel/compat/gonbui/comms"
	"github.com/goray/goray/kernel/compat/gonbui/dom"
)

// widget is what all widgets have.
type widget struct {
	id, address, parent string
	built               bool
	value               atomic.Int64
	own                 *comms.Listener // keeps value
}

func newWidget() widget {
	return widget{id: "gonb_widget_" + gonbui.UniqueId(), address: "gonb/widget/" + gonbui.UniqueId()}
}

func (w *widget) mustBe(built bool, what string) {
	if built && !w.built {
		panic("widgets: " + what + " needs a widget that is shown; call Done first")
	}
	if !built && w.built {
		panic("widgets: " + what + " comes too late; call it before Done")
	}
}

// build shows the element, and runs a script in which e is the element and address the address.
func (w *widget) build(element, script string) {
	w.mustBe(false, "Done")
	w.built = true
	comms.Start()
	w.own = comms.NewListener(w.address, func(_ string, v int) { w.value.Store(int64(v)) })
	if w.parent == "" {
		gonbui.DisplayHTML(element)
	} else {
		dom.Append(w.parent, element)
	}
	comms.RunScriptLater(fmt.Sprintf("{ const e = document.getElementById(%s), address = %s; if (e) { %s } }", literal(w.id), literal(w.address), script), w.id)
}

// listen receives the values of the widget.
func (w *widget) listen() *comms.AddressChan[int] {
	w.mustBe(true, "Listen")
	return comms.Listen[int](w.address)
}

func (w *widget) set(value int) {
	w.mustBe(true, "SetValue")
	w.value.Store(int64(value))
	comms.SendAny(w.address, value)
}

func literal(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// valueScript sends the element's value when it changes, and takes the values that come.
func valueScript(event string) string {
	return strings.ReplaceAll(`e.addEventListener("EVENT", () => gonb_comm.send(address, Number(e.value)));
gonb_comm.subscribe(address, (_, value) => { e.value = value; });`, "EVENT", event)
}
