package kernel

import (
	"testing"
	"time"

	"github.com/goray/goray/kernel/wire"
)

// TestPredates: a request for the kernel that ran at this address before is not this one's.
func TestPredates(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name          string
		started, sent time.Time
		want          bool
	}{
		{"written before the start", now, now.Add(-100 * time.Millisecond), true},
		{"written after the start", now.Add(-time.Second), now, false},
		{"another clock, later", now.Add(-time.Minute), now.Add(-time.Hour), false},
	} {
		k := &Kernel{started: test.started}
		for _, format := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000000Z07:00"} {
			m := &wire.Message{Header: wire.Header{Date: test.sent.UTC().Format(format)}}
			if got := k.predates(m); got != test.want {
				t.Errorf("%s: %v, want %v", test.name, got, test.want)
			}
		}
	}
	if (&Kernel{started: now}).predates(&wire.Message{Header: wire.Header{Date: "yesterday"}}) {
		t.Error("a date that is none")
	}
}
