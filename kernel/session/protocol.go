package session

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// What kernel and child say to each other. The kernel asks execute, rebuild, interrupt, complete,
// inspect, complete?, comm; the child says ready and asks begin, print, image, display, clear,
// input, command, limit, language, comm.

// Request is a cell for the child.
type Request struct {
	Run         uint64            `json:"run"`            // names the run; 0 lets the Supervisor number it
	Side        bool              `json:"side,omitempty"` // beside the cells of the main shell
	ID          string            `json:"id"`
	Number      int               `json:"number"`
	Source      string            `json:"source"`
	AllowStdin  bool              `json:"allow_stdin"`
	Expressions map[string]string `json:"expressions,omitempty"`
}

// Finished is what came of a cell, in the form that goes on to Jupyter.
type Finished struct {
	Result      *Shown                `json:"result,omitempty"`
	Failure     *Failure              `json:"failure,omitempty"`
	Pages       []Shown               `json:"pages,omitempty"`
	NextInput   string                `json:"next_input,omitempty"`
	Expressions map[string]Expression `json:"expressions,omitempty"`

	Variables []string `json:"variables,omitempty"` // what the session holds now

	// What the cell declares, or all declarations of the session when there has been a change of
	// another kind.
	Declared []declaring `json:"declared,omitempty"`
	Anew     bool        `json:"anew,omitempty"`
}

// Shown is a bundle as JSON; bytes are in base64, as Jupyter wants them.
type Shown struct {
	Run      uint64                     `json:"run,omitempty"` // that shows it
	ID       string                     `json:"id,omitempty"`
	Update   bool                       `json:"update,omitempty"`
	Data     map[string]json.RawMessage `json:"data"`
	Metadata map[string]json.RawMessage `json:"metadata"`
}

// Failure is the error of a cell.
type Failure struct {
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

// Expression is the value of a user expression.
type Expression struct {
	Status string `json:"status"` // "ok" or "error"
	*Shown
	*Failure
}

type (
	ready     struct{ PID int }
	interrupt struct{ Run uint64 }
	clearing  struct {
		Run  uint64
		Wait bool
	}
	limited  struct{ Bytes int64 }
	speaking struct{ Language string }
	welcome  struct { // what a child takes over
		limited
		speaking
	}
	begun       struct{ Run uint64 }
	commandRuns struct {
		Group int
		Runs  bool
	}
	printed struct {
		Run  uint64
		Name string
		Text []byte
	}
	question struct {
		Run      uint64
		Prompt   string
		Password bool
	}
	position struct {
		Source         string
		Cursor, Detail int
	}
	inspected struct {
		Found bool
		engine.Inspection
	}
	completeness struct {
		Status engine.Completeness
		Indent string
	}
)

// show encodes a bundle. A form that JSON cannot say is left out, and the text says so.
func show(id string, b display.Bundle) Shown {
	s := Shown{ID: id, Data: map[string]json.RawMessage{}, Metadata: map[string]json.RawMessage{}}
	for mime, v := range b.Data {
		raw, err := encodeForm(mime, v)
		if err != nil {
			raw, _ = json.Marshal(fmt.Sprintf("(%s cannot be shown: %v)", mime, err))
			mime = display.MIMETypeText
		}
		s.Data[mime] = raw
	}
	for k, v := range b.Metadata {
		if raw, err := json.Marshal(v); err == nil {
			s.Metadata[k] = raw
		}
	}
	return s
}

// encodeForm says one form in JSON: text as a string, pictures in base64, JSON as it is, also when
// it comes encoded.
func encodeForm(mime string, v any) (json.RawMessage, error) {
	b, isBytes := v.([]byte)
	text, isText := v.(string)
	switch {
	case strings.HasSuffix(mime, "json"):
		if isText && strings.HasPrefix(strings.TrimSpace(text), "{") {
			b, isBytes = []byte(text), true
		}
		if isBytes && json.Valid(b) {
			return b, nil
		}
	case isBytes && (strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "xml") || strings.HasSuffix(mime, "javascript")):
		v = string(b)
	}
	return json.Marshal(v)
}

func newFailure(err error) *Failure {
	r := NewReport(err, true)
	return &Failure{Name: r.Name, Value: r.Value, Traceback: r.Traceback}
}
