package zmtp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"

	"golang.org/x/crypto/nacl/box"
)

// CurveKeys is a server's long-term pair. With OnlyKey, a client must hold that key.
type CurveKeys struct {
	Public, Secret [32]byte
	OnlyKey        *[32]byte
}

const curveOverhead = 8 + 8 + box.Overhead + 1

// curveSession is RFC 26 after the handshake: MESSAGE boxes, rising nonces.
type curveSession struct {
	key           [32]byte
	sent, arrived uint64
}

func shortNonce(prefix string, n uint64) *[24]byte {
	var b [24]byte
	copy(b[:], prefix)
	binary.BigEndian.PutUint64(b[16:], n)
	return &b
}

func longNonce(prefix string, tail []byte) *[24]byte {
	var b [24]byte
	copy(b[:], prefix)
	copy(b[8:], tail)
	return &b
}

// curveHandshake plays the server: HELLO, WELCOME, INITIATE, READY.
func (c *Conn) curveHandshake(meta []byte) ([]byte, error) {
	k := c.cfg.Curve
	hello, err := c.readCommand("HELLO")
	if err != nil {
		return nil, err
	}
	if len(hello) != 194 || hello[0] != 1 {
		return nil, ErrProtocol
	}
	clientKey := [32]byte(hello[74:106])
	n := binary.BigEndian.Uint64(hello[106:])
	zeros, ok := box.Open(nil, hello[114:], shortNonce("CurveZMQHELLO---", n), &clientKey, &k.Secret)
	if !ok || len(zeros) != 64 {
		return nil, ErrProtocol
	}
	pub, sec, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	// One goroutine serves this handshake, so the cookie need not carry state.
	random := make([]byte, 16+96)
	rand.Read(random)
	nonce, cookie := random[:16], random[16:]
	welcome := box.Seal(nonce[:16:16], append(pub[:], cookie...), longNonce("WELCOME-", nonce), &clientKey, &k.Secret)
	if _, err = c.nc.Write(appendCommand(nil, "WELCOME", welcome)); err != nil {
		return nil, err
	}
	init, err := c.readCommand("INITIATE")
	if err != nil {
		return nil, err
	}
	if len(init) < 96+8+box.Overhead+128 || subtle.ConstantTimeCompare(init[:96], cookie) != 1 {
		return nil, ErrProtocol
	}
	s := &curveSession{}
	box.Precompute(&s.key, &clientKey, sec)
	s.arrived = binary.BigEndian.Uint64(init[96:])
	plain, ok := box.OpenAfterPrecomputation(nil, init[104:], shortNonce("CurveZMQINITIATE", s.arrived), &s.key)
	if !ok {
		return nil, ErrProtocol
	}
	longTerm := [32]byte(plain[:32])
	vouch, ok := box.Open(nil, plain[48:128], longNonce("VOUCH---", plain[32:48]), &longTerm, sec)
	if !ok || [32]byte(vouch[:32]) != clientKey || [32]byte(vouch[32:64]) != k.Public {
		return nil, ErrProtocol
	}
	if k.OnlyKey != nil && subtle.ConstantTimeCompare(longTerm[:], k.OnlyKey[:]) != 1 {
		return nil, ErrProtocol
	}
	s.sent = 1
	ready := binary.BigEndian.AppendUint64(nil, s.sent)
	ready = box.SealAfterPrecomputation(ready, meta, shortNonce("CurveZMQREADY---", s.sent), &s.key)
	if _, err = c.nc.Write(appendCommand(nil, "READY", ready)); err != nil {
		return nil, err
	}
	c.curve = s
	return plain[128:], nil
}

// seal appends one MESSAGE; only the writer goroutine calls it.
func (s *curveSession) seal(b []byte, flags byte, body []byte) []byte {
	s.sent++
	inner := flags & flagMore
	if flags&flagCommand != 0 {
		inner |= 2
	}
	b = appendHeader(b, 0, len(body)+curveOverhead)
	b = append(b, "\x07MESSAGE"...)
	b = binary.BigEndian.AppendUint64(b, s.sent)
	plain := append(append(make([]byte, 0, len(body)+1), inner), body...)
	return box.SealAfterPrecomputation(b, plain, shortNonce("CurveZMQMESSAGES", s.sent), &s.key)
}

// open takes a MESSAGE apart; only the reader goroutine calls it.
func (s *curveSession) open(body []byte) (flags byte, plain []byte, err error) {
	if len(body) < 16+box.Overhead+1 || string(body[:8]) != "\x07MESSAGE" {
		return 0, nil, ErrProtocol
	}
	n := binary.BigEndian.Uint64(body[8:])
	if n <= s.arrived {
		return 0, nil, ErrProtocol
	}
	s.arrived = n
	plain, ok := box.OpenAfterPrecomputation(nil, body[16:], shortNonce("CurveZMQMESSAGEC", n), &s.key)
	if !ok {
		return 0, nil, ErrProtocol
	}
	flags = plain[0] & 1
	if plain[0]&2 != 0 {
		flags |= flagCommand
	}
	return flags, plain[1:], nil
}
