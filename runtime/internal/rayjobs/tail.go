package rayjobs

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Ray sends the growing log of a job over a WebSocket. What a client needs of that protocol, RFC
// 6455, is little: ask for it, read frames, answer pings. Nothing is sent but control frames.

// maxFrame bounds what a frame may announce; Ray sends the lines of a poll in one.
const maxFrame = 256 << 20

const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xa
)

// closedNormally are the codes with which a server says that there is no more.
var closedNormally = map[uint16]bool{0: true, 1000: true, 1001: true, 1005: true}

// Tail writes what a job prints to w until it has ended.
func (c *Client) Tail(ctx context.Context, id string, w io.Writer) error {
	// The server accepts the socket before it looks for the job, so the job is asked for first.
	if _, err := c.Info(ctx, id); err != nil {
		return err
	}
	key := make([]byte, 16)
	rand.Read(key)
	nonce := base64.StdEncoding.EncodeToString(key)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, jobPath(id, "/logs/tail"), nil)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	req.Header.Set("Sec-WebSocket-Version", "13")
	req.Header.Set("Sec-WebSocket-Key", nonce)
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		defer resp.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
		if err := c.refusal(resp.StatusCode, string(text)); err != nil {
			return err
		}
		return fmt.Errorf("jobs: %s does not stream logs (HTTP %d); read them with: goray job logs %s", c.address, resp.StatusCode, id)
	}
	sum := sha1.Sum([]byte(nonce + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, ok := resp.Body.(io.ReadWriteCloser)
	if !ok || resp.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
		resp.Body.Close()
		return fmt.Errorf("jobs: %s is no WebSocket of Ray's dashboard", c.address)
	}
	// A blocked read ends when its connection does.
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	err = readFrames(bufio.NewReader(conn), conn, w)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("jobs: the log of %s broke off: %w", id, err)
	}
	return nil
}

// readFrames writes the payload of data frames to w until the server closes.
func readFrames(r *bufio.Reader, conn io.Writer, w io.Writer) error {
	for {
		op, payload, err := readFrame(r)
		if err != nil {
			return err
		}
		switch op {
		case opText, opBinary, opContinue:
			if _, err := w.Write(payload); err != nil {
				return err
			}
		case opPing:
			if err := writeFrame(conn, opPong, payload); err != nil {
				return err
			}
		case opClose:
			var code uint16
			if len(payload) >= 2 {
				code = binary.BigEndian.Uint16(payload)
			}
			writeFrame(conn, opClose, payload[:min(2, len(payload))])
			if !closedNormally[code] {
				return fmt.Errorf("the server closed with code %d: %s", code, payload[2:])
			}
			return nil
		}
	}
}

func readFrame(r *bufio.Reader) (op byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		var b [2]byte
		_, err = io.ReadFull(r, b[:])
		n = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		var b [8]byte
		_, err = io.ReadFull(r, b[:])
		n = binary.BigEndian.Uint64(b[:])
	}
	if err == nil && (n > maxFrame || head[1]&0x80 != 0) {
		err = fmt.Errorf("a frame of %d bytes is none of Ray's", n)
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head[0] & 0x0f, payload, err
}

// writeFrame sends a control frame: at most 125 bytes, masked, as clients must.
func writeFrame(w io.Writer, op byte, payload []byte) error {
	payload = payload[:min(len(payload), 125)]
	out := make([]byte, 6, 6+len(payload))
	out[0], out[1] = 0x80|op, 0x80|byte(len(payload))
	rand.Read(out[2:6])
	for i, b := range payload {
		out = append(out, b^out[2+i%4])
	}
	_, err := w.Write(out)
	return err
}
