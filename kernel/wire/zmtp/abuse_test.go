package zmtp

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestSilentPeersBlockNobody(t *testing.T) {
	r := echo(t, Config{})
	for range 100 {
		dial(t, r.Addr())
	}
	answers(t, r.Addr())
}

func TestHalfAGreetingBlocksNobody(t *testing.T) {
	r := echo(t, Config{Handshake: 200 * time.Millisecond})
	whole := append(greeting("NULL"), ready("DEALER")...)
	for _, n := range []int{1, 9, 11, 63, 64, 70} {
		c := dial(t, r.Addr())
		c.Write(whole[:n])
		defer cutOff(t, c)
	}
	answers(t, r.Addr())
}

func TestClaimsCostNothing(t *testing.T) {
	r := echo(t, Config{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, size := range []uint64{1 << 28, 1 << 34, 1 << 40, 1 << 62, 1<<63 + 5} {
		c := dial(t, r.Addr())
		c.Write(append(greeting("NULL"), ready("DEALER")...))
		c.Write(append(binary.BigEndian.AppendUint64([]byte{flagLong}, size), "abc"...))
		if size > 512<<20 {
			cutOff(t, c)
		}
	}
	answers(t, r.Addr())
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func TestMalformedReadyEndsOnlyItsPeer(t *testing.T) {
	r := echo(t, Config{})
	for _, body := range []string{"\xff", "\x0bSocket-Type", "\x0bSocket-Type\x00\x00\x00", "\x0bSocket-Type\xff\xff\xff\xff", "\x05abc", "\x00\x00\x00\x00\x00", "\x0bSocket-Type\x00\x00\x00\x03PUB"} {
		c := dial(t, r.Addr())
		c.Write(appendCommand(greeting("NULL"), "READY", []byte(body)))
		cutOff(t, c)
	}
	answers(t, r.Addr())
}

func TestEndlessMessageIsCutOff(t *testing.T) {
	r := echo(t, Config{})
	c := dial(t, r.Addr())
	c.Write(append(greeting("NULL"), ready("DEALER")...))
	go func() {
		empty := make([]byte, 100_000)
		for i := 0; i < len(empty); i += 2 {
			empty[i] = flagMore
		}
		for {
			if _, err := c.Write(empty); err != nil {
				return
			}
		}
	}()
	cutOff(t, c)
	answers(t, r.Addr())
}

func TestPingFloodWithoutReadingIsCutOff(t *testing.T) {
	r := echo(t, Config{Queue: 1 << 20})
	c := dial(t, r.Addr())
	c.Write(append(greeting("NULL"), ready("DEALER")...))
	var pings []byte
	for range 4000 {
		pings = appendCommand(pings, "PING", []byte("\x00\x000123456789abcdef"))
	}
	c.SetWriteDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, err := c.Write(pings); err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				t.Fatal("the flood goes on")
			}
			break
		}
	}
	answers(t, r.Addr())
}

func TestGarbage(t *testing.T) {
	r := echo(t, Config{})
	rnd := rand.New(rand.NewPCG(7, 7))
	pre := [][]byte{nil, greeting("NULL"), append(greeting("NULL"), ready("DEALER")...), append(append(greeting("NULL"), ready("DEALER")...), "\x00\x05hello\x01\x00"...)}
	for i := range 400 {
		junk := make([]byte, 1+rnd.IntN(300))
		for j := range junk {
			junk[j] = byte(rnd.Uint32())
		}
		c := dial(t, r.Addr())
		c.Write(append(pre[i%4:][0], junk...))
		if i%3 > 0 {
			c.Close()
		}
	}
	answers(t, r.Addr())
}

// A subscriber that never reads loses its connection; the other loses nothing.
func TestSlowSubscriberIsCutOff(t *testing.T) {
	p := NewPub(listen(t), Config{Queue: 1 << 20, Grace: 50 * time.Millisecond}, func([]byte) [][]byte { return [][]byte{[]byte("welcome")} })
	defer p.Close()
	subscriber := func() net.Conn {
		c := dial(t, p.Addr())
		c.Write(append(greeting("NULL"), ready("SUB")...))
		c.Write([]byte{0, 1, 1})
		return c
	}
	slow, fast := subscriber(), subscriber()
	slow.(*net.TCPConn).SetReadBuffer(4096)
	const messages, size = 3000, 10_000
	done, joined := make(chan int), make(chan struct{})
	go func() { // counts what follows the handshake and the welcome
		var total int
		buf := make([]byte, 64<<10)
		fast.SetReadDeadline(time.Now().Add(20 * time.Second))
		for total < messages*size {
			n, err := fast.Read(buf)
			if err != nil {
				break
			}
			if total == 0 {
				close(joined)
			}
			total += n
		}
		done <- total
	}()
	<-joined
	waitFor(t, func() bool { return len(p.subscribers(nil)) == 2 })
	body := make([]byte, size)
	for range messages {
		p.Send([][]byte{body})
	}
	if total := <-done; total < messages*size {
		t.Errorf("the fast subscriber got %d of %d bytes", total, messages*size)
	}
	waitFor(t, func() bool { return len(p.subscribers(nil)) == 1 })
}

// waitFor returns when cond holds, which others bring about.
func waitFor(t testing.TB, cond func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited in vain")
		}
	}
}

func TestStaleSocketFileIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s-1")
	l, err := Listen("ipc://" + path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("ipc://" + path); err == nil {
		t.Error("a living kernel's socket was taken")
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err)
	}
	again, err := Listen("ipc://" + path)
	if err != nil {
		t.Fatalf("the socket of a dead kernel is in the way: %v", err)
	}
	again.Close()
}
