package widgets

import (
	"fmt"
	"html"

	"github.com/goray/goray/kernel/compat/gonbui/comms"
)

// ButtonBuilder is a button. Button makes it, Done shows it.
type ButtonBuilder struct {
	w     widget
	label string
}

// Button returns a button that Done shows.
func Button(label string) *ButtonBuilder { return &ButtonBuilder{newWidget(), label} }

// Done shows the button.
func (b *ButtonBuilder) Done() *ButtonBuilder {
	b.w.build(fmt.Sprintf(`<button id="%s" type="button">%s</button>`, html.EscapeString(b.w.id), html.EscapeString(b.label)),
		`let clicks = 0; e.addEventListener("click", () => gonb_comm.send(address, ++clicks));`)
	return b
}

// WithHtmlId sets the id of the element; otherwise one is made up. It panics after Done.
func (b *ButtonBuilder) WithHtmlId(htmlId string) *ButtonBuilder {
	b.w.mustBe(false, "WithHtmlId")
	b.w.id = htmlId
	return b
}

// WithAddress sets the address of the values; otherwise one is made up. It panics after Done.
func (b *ButtonBuilder) WithAddress(address string) *ButtonBuilder {
	b.w.mustBe(false, "WithAddress")
	b.w.address = address
	return b
}

// AppendTo has the widget shown in an element of the page, instead of as an output of its own. It
// panics after Done.
func (b *ButtonBuilder) AppendTo(parentHtmlId string) *ButtonBuilder {
	b.w.mustBe(false, "AppendTo")
	b.w.parent = parentHtmlId
	return b
}

// HtmlId is the id of the element.
func (b *ButtonBuilder) HtmlId() string { return b.w.id }

// Address is the address of the values.
func (b *ButtonBuilder) Address() string { return b.w.address }

// Listen receives the number of clicks, with each click. It panics before Done.
func (b *ButtonBuilder) Listen() *comms.AddressChan[int] { return b.w.listen() }
