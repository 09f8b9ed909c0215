package widgets

import (
	"fmt"
	"html"
	"strings"

	"github.com/goray/goray/kernel/compat/gonbui/comms"
)

// SelectBuilder is a select box. Select makes it, Done shows it.
type SelectBuilder struct {
	w       widget
	options []string
}

// Select returns a box with options that Done shows. The values are indices of options.
func Select(options []string) *SelectBuilder { return &SelectBuilder{newWidget(), options} }

// SetDefault chooses the option that is selected first; otherwise it is 0. It panics after Done.
func (b *SelectBuilder) SetDefault(idx int) *SelectBuilder {
	b.w.mustBe(false, "SetDefault")
	b.w.value.Store(int64(idx))
	return b
}

// Done shows the box.
func (b *SelectBuilder) Done() *SelectBuilder {
	var s strings.Builder
	fmt.Fprintf(&s, `<select id="%s">`, html.EscapeString(b.w.id))
	for i, o := range b.options {
		selected := ""
		if i == b.Value() {
			selected = " selected"
		}
		fmt.Fprintf(&s, `<option value="%d"%s>%s</option>`, i, selected, html.EscapeString(o))
	}
	s.WriteString("</select>")
	b.w.build(s.String(), valueScript("change"))
	return b
}

// Value is the index of the selected option.
func (b *SelectBuilder) Value() int { return int(b.w.value.Load()) }

// SetValue selects an option. It panics before Done.
func (b *SelectBuilder) SetValue(value int) { b.w.set(value) }

// WithHtmlId sets the id of the element; otherwise one is made up. It panics after Done.
func (b *SelectBuilder) WithHtmlId(htmlId string) *SelectBuilder {
	b.w.mustBe(false, "WithHtmlId")
	b.w.id = htmlId
	return b
}

// WithAddress sets the address of the values; otherwise one is made up. It panics after Done.
func (b *SelectBuilder) WithAddress(address string) *SelectBuilder {
	b.w.mustBe(false, "WithAddress")
	b.w.address = address
	return b
}

// AppendTo has the widget shown in an element of the page, instead of as an output of its own. It
// panics after Done.
func (b *SelectBuilder) AppendTo(parentHtmlId string) *SelectBuilder {
	b.w.mustBe(false, "AppendTo")
	b.w.parent = parentHtmlId
	return b
}

// HtmlId is the id of the element.
func (b *SelectBuilder) HtmlId() string { return b.w.id }

// Address is the address of the values.
func (b *SelectBuilder) Address() string { return b.w.address }

// Listen receives the index of the selected option, with each change. It panics before Done.
func (b *SelectBuilder) Listen() *comms.AddressChan[int] { return b.w.listen() }
