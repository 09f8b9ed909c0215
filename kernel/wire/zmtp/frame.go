package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// ErrProtocol means that a peer does not speak ZMTP as it should; ErrTooLarge that it sent, or
// announced, more than Config allows. Both end the connection.
var (
	ErrProtocol = errors.New("zmtp: protocol error")
	ErrTooLarge = errors.New("zmtp: message exceeds limits")
)

// readFrame refuses a claim above limit before it allocates anything; reserve,
// if any, may refuse what is about to be allocated.
func readFrame(r *bufio.Reader, limit int64, reserve func(int) bool) (flags byte, body []byte, err error) {
	if flags, err = r.ReadByte(); err != nil {
		return
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || flags&(flagMore|flagCommand) == flagMore|flagCommand {
		return 0, nil, ErrProtocol
	}
	var h [8]byte
	var size uint64
	if flags&flagLong != 0 {
		if _, err = io.ReadFull(r, h[:]); err != nil {
			return
		}
		size = binary.BigEndian.Uint64(h[:])
	} else {
		b, e := r.ReadByte()
		if e != nil {
			return 0, nil, e
		}
		size = uint64(b)
	}
	if limit < 0 || size > uint64(limit) {
		return 0, nil, ErrTooLarge
	}
	body, err = readBody(r, int(size), reserve)
	return
}

// readBody takes memory only for what has arrived: parts that double in size,
// joined when half is there. A claim alone costs 1 MiB at most.
func readBody(r io.Reader, size int, reserve func(int) bool) ([]byte, error) {
	var parts [][]byte
	for got, n := 0, min(size, 1<<20); ; n = got {
		last := size-got <= n
		if last {
			n = size - got
		}
		if reserve != nil && !reserve(n) {
			return nil, ErrTooLarge
		}
		if last {
			body := make([]byte, size)
			at := 0
			for _, p := range parts {
				at += copy(body[at:], p)
			}
			_, err := io.ReadFull(r, body[at:])
			return body, err
		}
		p := make([]byte, n)
		if _, err := io.ReadFull(r, p); err != nil {
			return nil, err
		}
		parts = append(parts, p)
		got += n
	}
}

// appendHeader appends the wire header of a frame.
func appendHeader(b []byte, flags byte, size int) []byte {
	if size > 255 {
		return binary.BigEndian.AppendUint64(append(b, flags|flagLong), uint64(size))
	}
	return append(b, flags, byte(size))
}

// appendCommand appends a whole command frame.
func appendCommand(b []byte, name string, data []byte) []byte {
	b = appendHeader(b, flagCommand, 1+len(name)+len(data))
	return append(append(append(b, byte(len(name))), name...), data...)
}

func splitCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || int(body[0]) > len(body)-1 {
		return "", nil, ErrProtocol
	}
	n := int(body[0])
	return string(body[1 : 1+n]), body[1+n:], nil
}
