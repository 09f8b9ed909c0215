package display

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
)

// Screen is where a session shows things.
type Screen interface {
	// Display shows b; a non-empty id names the output. Update replaces all outputs of an id.
	Display(id string, b Bundle)
	Update(id string, b Bundle)
	// Clear removes the cell's output: now, or with wait when the next output comes.
	Clear(wait bool)
	// Input asks whoever sits there.
	Input(prompt string, password bool) (string, error)
}

var screen atomic.Value // of holder

type holder struct{ Screen }

func init() { screen.Store(holder{terminal{}}) }

// SetScreen says where the functions of this package show things; restore undoes that. Without
// it, that is text on standard output.
func SetScreen(s Screen) (restore func()) {
	old := screen.Swap(holder{s})
	return func() { screen.Store(old) }
}

func current() Screen { return screen.Load().(holder) }

// Display shows values now, before the cell ends, each in every form that it offers.
func Display(values ...any) error {
	for _, v := range values {
		id := ""
		if d, ok := v.(Data); ok {
			id, _ = d.Transient["display_id"].(string)
		}
		current().Display(id, Of(v))
	}
	return nil
}

// DisplayID is Display for an output that UpdateDisplay replaces later.
func DisplayID(id string, v any) { current().Display(id, Of(v)) }

// UpdateDisplay replaces every output that was displayed under id.
func UpdateDisplay(id string, v any) { current().Update(id, Of(v)) }

// ClearOutput removes the cell's output so far. With wait, it stays until the next output comes,
// which avoids flicker.
func ClearOutput(wait bool) { current().Clear(wait) }

// Input asks the person at the front end for a line; password hides what is typed. It fails when
// nobody can be asked.
func Input(prompt string, password bool) (string, error) { return current().Input(prompt, password) }

// Terminal is the screen of a program without a session: text on standard output, answers from
// standard input.
func Terminal() Screen { return terminal{} }

type terminal struct{}

func (terminal) Display(_ string, b Bundle)   { fmt.Println(complete(b, "").Data[MIMETypeText]) }
func (t terminal) Update(id string, b Bundle) { t.Display(id, b) }
func (terminal) Clear(bool)                   {}

func (terminal) Input(prompt string, _ bool) (string, error) {
	fmt.Print(prompt)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
