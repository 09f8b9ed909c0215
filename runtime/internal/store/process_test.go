//go:build unix

package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
)

const envChild = "GORAY_STORE_TEST_CHILD"

// message is what the test's two processes say to each other; a descriptor may come along.
type message struct {
	Segment uint32
	Size    int64
	Write   bool
	Grant   Grant
	Loc     Location
	Text    string
}

func say(c *net.UnixConn, m message, files ...*os.File) error {
	b, _ := json.Marshal(m)
	return SendFDs(c, append(b, bytes.Repeat([]byte{' '}, 512-len(b))...), files...)
}

func hear(c *net.UnixConn) (m message, files []*os.File, err error) {
	b := make([]byte, 512)
	n, files, err := RecvFDs(c, b)
	for err == nil && n < len(b) {
		var k int
		k, err = c.Read(b[n:])
		n += k
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	return m, files, err
}

func TestMain(m *testing.M) {
	if os.Getenv(envChild) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// child reads the object that it is shown, and writes an answer into the range that it is granted.
func child() error {
	c, err := ConnOf(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	v := NewView()
	defer v.Close()
	m, files, err := hear(c)
	if err != nil {
		return err
	}
	if err := v.Attach(m.Segment, files[0], m.Size); err != nil {
		return err
	}
	b, err := v.Open(m.Loc, nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(b.Bytes(), fill(int(m.Loc.Size), 1)) {
		return fmt.Errorf("other bytes than the owner's")
	}
	if _, err := v.segments[m.Segment].writer(); err == nil {
		return fmt.Errorf("a reader's descriptor can be mapped writable")
	}
	b.Release()
	m, files, err = hear(c)
	if err != nil {
		return err
	}
	if err := v.Attach(m.Segment, files[0], m.Size); err != nil {
		return err
	}
	arena, err := v.Arena(m.Grant)
	if err != nil {
		return err
	}
	for i := range 3 {
		d, err := arena.Create(300_000)
		if err != nil {
			return err
		}
		if i == 1 {
			d.Abort()
			continue
		}
		if err := d.Copy(0, fill(300_000, uint64(10+i))); err != nil {
			return err
		}
		if err := say(c, message{Loc: d.Seal()}); err != nil {
			return err
		}
	}
	if _, err := arena.Create(2 << 20); err != ErrArenaFull {
		return fmt.Errorf("an object larger than the grant: %v", err)
	}
	return say(c, message{Text: "done"})
}

func TestTwoProcesses(t *testing.T) {
	s := open(t, Config{Capacity: 16 << 20, SegmentSize: 4 << 20})
	mine, theirs, err := SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), envChild+"=1")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()

	loc, err := s.Put(fill(1<<20, 1))
	if err != nil {
		t.Fatal(err)
	}
	send := func(m message) {
		t.Helper()
		f, size, err := s.File(m.Segment, m.Write)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		m.Size = size
		if err := say(mine, m, f); err != nil {
			t.Fatal(err)
		}
	}
	send(message{Segment: loc.Segment, Loc: loc})
	g, err := s.Grant(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	send(message{Segment: g.Segment, Write: true, Grant: g})
	for i := 0; ; i += 2 {
		m, _, err := hear(mine)
		if err != nil {
			t.Fatal(err)
		}
		if m.Text == "done" {
			break
		}
		if err := s.Adopt(g, m.Loc); err != nil {
			t.Fatal(err)
		}
		if err := s.Adopt(g, m.Loc); err == nil {
			t.Error("adopted twice")
		}
		b, err := s.Open(m.Loc, nil)
		if err != nil || !bytes.Equal(b.Bytes(), fill(300_000, uint64(10+i))) {
			t.Errorf("object %d of the child: %v", i, err)
		}
		b.Release()
		defer s.Free(m.Loc)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	before := s.Stats().Used
	s.Reclaim(g)
	if got := before - s.Stats().Used; got != 1<<20-2*aligned(300_000) {
		t.Errorf("reclaimed %d bytes", got)
	}
	if err := s.Adopt(g, loc); err == nil {
		t.Error("adopted from a grant that is over")
	}
}
