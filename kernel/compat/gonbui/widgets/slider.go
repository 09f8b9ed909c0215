package widgets

import (
	"fmt"
	"html"

	"github.com/goray/goray/kernel/compat/gonbui/comms"
)

// SliderBuilder is a slider. Slider makes it, Done shows it.
type SliderBuilder struct {
	w        widget
	min, max int
}

// Slider returns a slider from min to max that stands at value, and that Done shows.
func Slider(min, max, value int) *SliderBuilder {
	b := &SliderBuilder{newWidget(), min, max}
	b.w.value.Store(int64(value))
	return b
}

// Done shows the slider.
func (b *SliderBuilder) Done() *SliderBuilder {
	b.w.build(fmt.Sprintf(`<input id="%s" type="range" min="%d" max="%d" value="%d">`, html.EscapeString(b.w.id), b.min, b.max, b.Value()), valueScript("change"))
	return b
}

// Value is where the slider stands.
func (b *SliderBuilder) Value() int { return int(b.w.value.Load()) }

// SetValue moves the slider. It panics before Done.
func (b *SliderBuilder) SetValue(value int) { b.w.set(value) }

// WithHtmlId sets the id of the element; otherwise one is made up. It panics after Done.
func (b *SliderBuilder) WithHtmlId(htmlId string) *SliderBuilder {
	b.w.mustBe(false, "WithHtmlId")
	b.w.id = htmlId
	return b
}

// WithAddress sets the address of the values; otherwise one is made up. It panics after Done.
func (b *SliderBuilder) WithAddress(address string) *SliderBuilder {
	b.w.mustBe(false, "WithAddress")
	b.w.address = address
	return b
}

// AppendTo has the widget shown in an element of the page, instead of as an output of its own. It
// panics after Done.
func (b *SliderBuilder) AppendTo(parentHtmlId string) *SliderBuilder {
	b.w.mustBe(false, "AppendTo")
	b.w.parent = parentHtmlId
	return b
}

// HtmlId is the id of the element.
func (b *SliderBuilder) HtmlId() string { return b.w.id }

// Address is the address of the values.
func (b *SliderBuilder) Address() string { return b.w.address }

// Listen receives where the slider stands, with each change. It panics before Done.
func (b *SliderBuilder) Listen() *comms.AddressChan[int] { return b.w.listen() }
