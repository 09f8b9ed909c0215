package wire

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnectionFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.json")
	want := Connection{Transport: "tcp", IP: "127.0.0.1", Shell: 1, Control: 2, Stdin: 3, IOPub: 4, Heartbeat: 5, Key: "k", Scheme: "hmac-sha256"}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadConnection(path); err != nil || got != want {
		t.Fatalf("got %+v, %v", got, err)
	}
	for _, c := range []struct {
		bad  Connection
		says string
	}{
		{Connection{Transport: "udp"}, "use tcp or ipc"},
		{Connection{Transport: "ipc"}, "field ip"},
		{Connection{Key: "k", Scheme: "hmac-md5"}, "hmac-sha256"},
		{Connection{CurvePub: "x"}, "come together"},
		{Connection{CurvePub: "x", CurveSec: "y"}, "40 characters"},
	} {
		if _, err := Listen(c.bad); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.bad, err)
		}
	}
}

// The pair of keys in ZeroMQ's RFC 32.
func TestZ85(t *testing.T) {
	key, err := z85("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")
	if got := fmt.Sprintf("%x", key); err != nil || got != "54fcba24e93249969316fb617c872bb0c1d1ff14800427c594cbfacf1bc2d652" {
		t.Errorf("%s, %v", got, err)
	}
}
