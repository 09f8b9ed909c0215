package wire

import "encoding/json"

// Header is the header of a Jupyter message.
type Header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	User     string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
	Subshell string `json:"subshell_id,omitempty"`
}

// Message is a message as received. Content is valid JSON.
type Message struct {
	Identities [][]byte // who sent it, to be answered there; the topic on iopub
	Header     Header
	Parent     Header // zero when there is none
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte

	rawHeader json.RawMessage // as received, to be echoed as the parent of replies
}

// Outgoing is a message to send.
type Outgoing struct {
	Identities [][]byte // where to; the topic on iopub
	Parent     *Message // what it answers; may be nil
	Type       string
	Content    any // becomes JSON; nil means {}
	Metadata   any // becomes JSON; nil means {}
	Buffers    [][]byte
	Subshell   string // of a request; empty is the main shell
}
