package session

import (
	"fmt"
	"strings"
)

// revival is what came back of an image.
type revival struct {
	Restored []string    `json:"restored,omitempty"` // variables
	Kept     []string    `json:"kept,omitempty"`     // variables that stayed as they are
	Lost     []Loss      `json:"lost,omitempty"`
	Cells    []declaring `json:"cells,omitempty"` // what is declared now
	AsOf     int         `json:"as_of,omitempty"` // the cell after which the variables were like this
}

// text says it in sentences.
func (r revival) text() string {
	var b strings.Builder
	if len(r.Restored) > 0 {
		b.WriteString(say("\nRestored: %s.", enumerate(r.Restored)))
	}
	if len(r.Kept) > 0 {
		b.WriteString(say("\nAs they are now: %s.", enumerate(r.Kept)))
	}
	if len(r.Lost) > 0 {
		var all []string
		for _, l := range r.Lost {
			all = append(all, l.String())
		}
		b.WriteString(say("\nLost: %s.", enumerate(all)))
	}
	return b.String()
}

// maxNamed bounds how many names a sentence lists.
const maxNamed = 20

func enumerate(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}
