package zmtp

import (
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := Listen("tcp://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// echo is a ROUTER that answers every message with itself.
func echo(t testing.TB, cfg Config) *Router {
	t.Helper()
	r := NewRouter(listen(t), cfg)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := r.Recv()
			if err != nil {
				return
			}
			r.Send(m)
		}
	}()
	t.Cleanup(func() { r.Close(); <-done })
	return r
}

func greeting(mechanism string) []byte {
	g := make([]byte, 64)
	g[0], g[9], g[10], g[11] = 0xff, 0x7f, 3, 1
	copy(g[12:], mechanism)
	return g
}

func ready(socketType string) []byte {
	return appendCommand(nil, "READY", appendProperty(nil, "Socket-Type", socketType))
}

// dial connects a raw socket.
func dial(t testing.TB, a net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// answers fails unless a new, well-behaved peer gets its echo soon.
func answers(t testing.TB, a net.Addr) {
	t.Helper()
	c := dial(t, a)
	defer c.Close()
	c.SetDeadline(time.Now().Add(3 * time.Second))
	c.Write(append(greeting("NULL"), ready("DEALER")...))
	c.Write([]byte{0, 2, 'h', 'i'})
	var b []byte
	buf := make([]byte, 512)
	for !endsWith(b, "\x00\x02hi") {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("a new client is not served: %v after %q", err, b)
		}
		b = append(b, buf[:n]...)
	}
}

func endsWith(b []byte, s string) bool { return len(b) >= len(s) && string(b[len(b)-len(s):]) == s }

// cutOff fails unless the server ends c.
func cutOff(t testing.TB, c net.Conn) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 4096)
	for {
		_, err := c.Read(buf)
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Fatal("the server still holds the connection")
		}
		if err != nil {
			return
		}
	}
}
