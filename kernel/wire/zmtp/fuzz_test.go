package zmtp

import (
	"bytes"
	"net"
	"testing"
	"time"
)

// FuzzPeer feeds arbitrary bytes, raw or after a good handshake: no panic, no hang, no message
// beyond the limit.
func FuzzPeer(f *testing.F) {
	good := append(greeting("NULL"), ready("DEALER")...)
	f.Add(good, false)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), false)
	f.Add([]byte{1, 0, 0, 1, 'x', 4, 5, 4, 'P', 'I', 'N', 'G', 2, 0, 0, 0, 255, 0, 0, 0, 0, 0}, true)
	f.Add(appendCommand(greeting("CURVE"), "HELLO", make([]byte, 194)), false)
	f.Fuzz(func(t *testing.T, data []byte, shaken bool) {
		ours, theirs := net.Pipe()
		drained, fed := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(drained)
			buf := make([]byte, 4096)
			for {
				if _, err := theirs.Read(buf); err != nil {
					return
				}
			}
		}()
		go func() {
			defer close(fed)
			if shaken {
				theirs.Write(good)
			}
			theirs.Write(data)
			theirs.Close()
		}()
		defer func() { ours.Close(); <-drained; <-fed }()
		cfg := Config{Handshake: time.Second, MaxMessage: 1 << 20}.withDefaults("ROUTER")
		if bytes.HasPrefix(data, greeting("CURVE")[:20]) {
			cfg.Curve = &CurveKeys{}
		}
		c, err := newConn(ours, cfg)
		if err != nil {
			return
		}
		defer c.writer.Wait()
		defer c.close()
		for {
			frames, err := c.ReadMsg()
			if err != nil {
				return
			}
			n := 0
			for _, x := range frames {
				n += len(x)
			}
			if n > 1<<20 {
				t.Fatal("limit passed")
			}
		}
	})
}
