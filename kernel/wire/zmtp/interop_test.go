package zmtp

import (
	"context"
	"io"
	"log"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

func expect(t *testing.T, s zmq4.Socket, want string) {
	t.Helper()
	got := make(chan string, 1)
	go func() { m, _ := s.Recv(); got <- string(m.Bytes()) }()
	select {
	case g := <-got:
		if g != want {
			t.Fatalf("got %q, want %q", g, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("no %q", want)
	}
}

// zmq4 as the peer of all three sockets.
func TestZMQ4(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	r := echo(t, Config{})
	d := zmq4.NewDealer(ctx, zmq4.WithID(zmq4.SocketIdentity("me")), quiet)
	defer d.Close()
	if err := d.Dial("tcp://" + r.Addr().String()); err != nil {
		t.Fatal(err)
	}
	d.SendMulti(zmq4.NewMsgFrom([]byte("a"), []byte("b")))
	expect(t, d, "ab")

	p := NewPub(listen(t), Config{}, func(topic []byte) [][]byte { return [][]byte{topic, []byte("welcome")} })
	defer p.Close()
	s := zmq4.NewSub(ctx, quiet)
	defer s.Close()
	if err := s.Dial("tcp://" + p.Addr().String()); err != nil {
		t.Fatal(err)
	}
	s.SetOption(zmq4.OptionSubscribe, "t")
	expect(t, s, "twelcome")
	p.Send([][]byte{[]byte("u"), []byte("no")})
	p.Send([][]byte{[]byte("t"), []byte("yes")})
	expect(t, s, "tyes")

	h := NewRep(listen(t), Config{})
	defer h.Close()
	go func() {
		m, _ := h.Recv()
		h.Send(m)
	}()
	q := zmq4.NewReq(ctx, quiet)
	defer q.Close()
	if err := q.Dial("tcp://" + h.Addr().String()); err != nil {
		t.Fatal(err)
	}
	q.Send(zmq4.NewMsg([]byte("ping")))
	expect(t, q, "ping")
}

func TestNewerPeerTakesAnIdentityOver(t *testing.T) {
	r := echo(t, Config{})
	same := appendCommand(greeting("NULL"), "READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "dup"))
	first := dial(t, r.Addr())
	first.Write(same)
	first.Write([]byte{0, 1, 'a'})
	first.SetReadDeadline(time.Now().Add(5 * time.Second))
	var b []byte
	for buf := make([]byte, 256); !endsWith(b, "\x00\x01a"); {
		n, err := first.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, buf[:n]...)
	}
	dial(t, r.Addr()).Write(same)
	cutOff(t, first)
}

func TestSendWithinWaitsForItsPeer(t *testing.T) {
	r := NewRouter(listen(t), Config{})
	defer r.Close()
	sent := make(chan error, 1)
	go func() { sent <- r.SendWithin([][]byte{[]byte("late"), []byte("hi")}, time.Minute) }()
	c := dial(t, r.Addr())
	c.Write(appendCommand(greeting("NULL"), "READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "late")))
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	var b []byte
	for buf := make([]byte, 256); !endsWith(b, "\x00\x02hi"); {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, buf[:n]...)
	}
	if err := r.SendWithin([][]byte{[]byte("never"), nil}, time.Millisecond); err != nil {
		t.Errorf("to nobody: %v", err)
	}
}
