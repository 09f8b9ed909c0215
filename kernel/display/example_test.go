package display_test

import (
	"fmt"

	"github.com/goray/goray/kernel/display"
)

// Temperature is shown as a bold number where HTML can be shown.
type Temperature float64

func (t Temperature) HTML() string { return fmt.Sprintf("<b>%.1f °C</b>", float64(t)) }

func ExampleOf() {
	b := display.Of(Temperature(21.5))
	fmt.Println(b.Data["text/html"])
	fmt.Println(b.Data["text/plain"])
	// Output:
	// <b>21.5 °C</b>
	// 21.5
}
