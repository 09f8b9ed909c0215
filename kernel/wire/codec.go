package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"
)

// ProtocolVersion is the version of the Jupyter messaging protocol that is spoken here.
const ProtocolVersion = "5.5"

// ErrBadMessage means that frames are no message, or not signed with our key, or were received
// before. Such a message is dropped without an answer.
var ErrBadMessage = errors.New("wire: malformed or wrongly signed message")

var delimiter = []byte("<IDS|MSG>")

// remembered is how many signatures are kept against repetition.
const remembered = 1 << 16

// Codec makes and checks messages. It signs with one key; an empty key means no signatures. It
// is safe for concurrent use.
type Codec struct {
	Session string // id of this end, in every header sent
	User    string

	key   []byte
	macs  sync.Pool
	mu    sync.Mutex
	seen  map[[32]byte]struct{}
	order [][32]byte // of seen, a ring once it is full
	next  int
}

// NewCodec returns a codec with a session id of its own.
func NewCodec(key, user string) *Codec {
	c := &Codec{Session: newID(), User: user, key: []byte(key), seen: map[[32]byte]struct{}{}}
	c.macs.New = func() any { return hmac.New(sha256.New, c.key) }
	return c
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (c *Codec) sum(frames [][]byte) [32]byte {
	m := c.macs.Get().(hash.Hash)
	defer c.macs.Put(m)
	m.Reset()
	for _, f := range frames {
		m.Write(f)
	}
	return [32]byte(m.Sum(nil))
}

// Decode checks everything that a stranger could get wrong; its only error is ErrBadMessage.
func (c *Codec) Decode(frames [][]byte) (*Message, error) {
	i := 0
	for i < len(frames) && !bytes.Equal(frames[i], delimiter) {
		i++
	}
	if len(frames)-i < 6 {
		return nil, ErrBadMessage
	}
	header, parent, metadata, content := frames[i+2], frames[i+3], frames[i+4], frames[i+5]
	if len(c.key) > 0 && !c.signed(frames[i+1], frames[i+2:i+6]) {
		return nil, ErrBadMessage
	}
	m := &Message{Identities: frames[:i], Metadata: metadata, Content: content, Buffers: frames[i+6:], rawHeader: header}
	if json.Unmarshal(header, &m.Header) != nil || m.Header.Type == "" {
		return nil, ErrBadMessage
	}
	if json.Unmarshal(parent, &m.Parent) != nil || !json.Valid(metadata) || !json.Valid(content) {
		return nil, ErrBadMessage
	}
	return m, nil
}

func (c *Codec) signed(signature []byte, parts [][]byte) bool {
	var got [32]byte
	if len(signature) != 2*len(got) {
		return false
	}
	if _, err := hex.Decode(got[:], signature); err != nil {
		return false
	}
	want := c.sum(parts)
	return hmac.Equal(want[:], got[:]) && !c.repeated(got)
}

func (c *Codec) repeated(sig [32]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, dup := c.seen[sig]; dup {
		return true
	}
	c.seen[sig] = struct{}{}
	if len(c.order) < remembered {
		c.order = append(c.order, sig)
		return false
	}
	delete(c.seen, c.order[c.next])
	c.order[c.next] = sig
	c.next = (c.next + 1) % remembered
	return false
}

// Encode builds a signed message, and returns its id too. It fails only when the content is
// nothing that JSON knows.
func (c *Codec) Encode(o Outgoing) (frames [][]byte, id string, err error) {
	id = newID()
	header, err := json.Marshal(Header{
		ID: id, Session: c.Session, User: c.User, Type: o.Type, Version: ProtocolVersion, Subshell: o.Subshell,
		Date: time.Now().UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		return nil, "", err
	}
	parts := [][]byte{header, []byte("{}"), []byte("{}"), []byte("{}")}
	if o.Parent != nil {
		parts[1] = o.Parent.rawHeader
	}
	for i, v := range []any{o.Metadata, o.Content} {
		if v == nil {
			continue
		}
		if parts[2+i], err = json.Marshal(v); err != nil {
			return nil, "", fmt.Errorf("wire: cannot encode %s: %w", o.Type, err)
		}
	}
	var signature []byte
	if len(c.key) > 0 {
		s := c.sum(parts)
		signature = hex.AppendEncode(nil, s[:])
	}
	frames = make([][]byte, 0, len(o.Identities)+6+len(o.Buffers))
	frames = append(append(frames, o.Identities...), delimiter, signature)
	return append(append(frames, parts...), o.Buffers...), id, nil
}
