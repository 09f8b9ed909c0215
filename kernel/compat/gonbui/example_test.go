package gonbui_test

import "github.com/goray/goray/kernel/compat/gonbui"

func Example() {
	gonbui.DisplayMarkdown("**hello**")
	gonbui.UpdateHTML("bar", "50 %")
	// Output:
	// **hello**
	// <text/html>
}
