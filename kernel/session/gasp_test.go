package session

import "testing"

func TestWordsOfASlowDeath(t *testing.T) {
	g := &gasp{emit: func([]byte) {}}
	g.take([]byte("runtime: goroutine stack exceeds 1000000000-byte limit\n"))
	g.release() // a busy machine: the stacks come too late to be held back
	for last, want := range map[string]string{
		"fatal\n\ngoroutine 1 [running]:\nmain.f(...)\n\twaitgroup.go:238 +0x73\n": "runtime: goroutine stack exceeds 1000000000-byte limit",
		"what the cell printed later\n":                                            "what the cell printed later",
	} {
		if got := lastWords(g.words(last)); got != want {
			t.Errorf("last words %q, want %q", got, want)
		}
	}
}
