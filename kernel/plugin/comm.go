package plugin

import "encoding/json"

// Comm is an open channel between a plugin and a front end's page (Jupyter's comm messages). Its
// methods may be called from any goroutine.
type Comm interface {
	ID() string
	// Send sends data, which must encode to JSON.
	Send(data any) error
	// Close ends the channel; data may be nil.
	Close(data any) error
}

// CommHandler receives what the page sends, in its order. The functions may be nil, and must not
// block: the next message waits for them.
type CommHandler struct {
	Message func(data json.RawMessage)
	Close   func(data json.RawMessage)
}

// CommHost is what a Host offers too where a front end may connect: ask with a type assertion.
type CommHost interface {
	// HandleComm has open called for each channel that a page opens to target.
	HandleComm(target string, open func(c Comm, data json.RawMessage) CommHandler)
	// OpenComm opens a channel to a target that the page has registered. The error says that no
	// front end is there.
	OpenComm(target string, data any, h CommHandler) (Comm, error)
}
