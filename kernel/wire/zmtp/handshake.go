package zmtp

import (
	"bytes"
	"fmt"
)

// handshake exchanges greetings and metadata; its caller has set the deadline.
func (c *Conn) handshake() error {
	mechanism := "NULL"
	if c.cfg.Curve != nil {
		mechanism = "CURVE"
	}
	if err := c.greet(mechanism); err != nil {
		return err
	}
	meta := appendProperty(nil, "Socket-Type", c.cfg.socketType)
	if c.cfg.socketType == "ROUTER" {
		meta = appendProperty(meta, "Identity", "")
	}
	exchange := c.nullHandshake
	if c.cfg.Curve != nil {
		exchange = c.curveHandshake
	}
	raw, err := exchange(meta)
	if err != nil {
		return err
	}
	m, err := parseMeta(raw)
	if err != nil {
		return err
	}
	c.Identity = m["identity"]
	if !compatible(c.cfg.socketType, m["socket-type"]) || len(c.Identity) > 255 {
		return ErrProtocol
	}
	return nil
}

func (c *Conn) greet(mechanism string) error {
	var g [64]byte
	g[0], g[9], g[10], g[11] = 0xff, 0x7f, 3, 1
	copy(g[12:32], mechanism)
	if c.cfg.Curve != nil {
		g[32] = 1 // as-server
	}
	if _, err := c.nc.Write(g[:]); err != nil {
		return err
	}
	// A stranger is turned away at its first ten bytes, not its sixty-fourth.
	head, err := c.br.Peek(1)
	if err != nil || head[0] != 0xff {
		return ErrProtocol
	}
	if head, err = c.br.Peek(11); err != nil || head[9]&1 == 0 || head[10] < 3 {
		return ErrProtocol
	}
	if head, err = c.br.Peek(64); err != nil {
		return err
	}
	if got := string(bytes.TrimRight(head[12:32], "\x00")); got != mechanism {
		return fmt.Errorf("zmtp: peer wants mechanism %q, have %s", got, mechanism)
	}
	_, err = c.br.Discard(64)
	return err
}

func (c *Conn) nullHandshake(meta []byte) ([]byte, error) {
	if _, err := c.nc.Write(appendCommand(nil, "READY", meta)); err != nil {
		return nil, err
	}
	return c.readCommand("READY")
}

func (c *Conn) readCommand(want string) ([]byte, error) {
	flags, body, err := readFrame(c.br, 4096, nil)
	if err != nil {
		return nil, err
	}
	name, data, err := splitCommand(body)
	if err != nil || flags&flagCommand == 0 || name != want {
		return nil, ErrProtocol
	}
	return data, nil
}
