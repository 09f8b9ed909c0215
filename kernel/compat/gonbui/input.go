package gonbui

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/goray/goray/kernel/display"
)

var input atomic.Pointer[func(line string)]

// SetInput says who puts a line before what the program reads from standard input. Sessions set
// it.
func SetInput(put func(line string)) { input.Store(&put) }

// RequestInput asks the person at the front end; the answer is the next line that the program
// reads from standard input (fmt.Scan and the like). Password hides what is typed. Where nobody
// can be asked, it says so on standard error.
func RequestInput(prompt string, password bool) {
	line, err := display.Input(prompt, password)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gonbui:", err)
		return
	}
	if put := input.Load(); put != nil {
		(*put)(line)
	}
}
