package raylog

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestTheAutoscalerSaysThingsOnce(t *testing.T) {
	var out strings.Builder
	now := time.Unix(0, 0)
	f := New(&out)
	f.now = func() time.Time { return now }
	say := func(text string) {
		t.Helper()
		for i := range text { // in pieces
			if _, err := f.Write([]byte(text[i : i+1])); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 100 {
		say(fmt.Sprintf("\x1b[33m(autoscaler +%dm%ds)\x1b[0m no node for {'CPU': 36.0}\n", i/60, i%60))
		say("(work pid=1) the same line\n")
		now = now.Add(time.Second)
	}
	say("(autoscaler +2m) added 1 node\n")
	now = now.Add(quietFor)
	say("(autoscaler +1h2m) no node for {'CPU': 36.0}\n")
	got := out.String()
	for part, want := range map[string]int{
		"no node for": 2, "[99 times more in the meantime]\n": 1, "(work pid=1) the same line\n": 100, "added 1 node": 1,
		"(autoscaler +1h2m) no node for {'CPU': 36.0} [99": 1,
	} {
		if n := strings.Count(got, part); n != want {
			t.Errorf("%q was shown %d times, want %d:\n%s", part, n, want, got)
		}
	}
	say("without an end")
	if strings.HasSuffix(out.String(), "end") {
		t.Error("a line was shown before its end")
	}
	f.Close()
	if !strings.HasSuffix(out.String(), "\nwithout an end") {
		t.Error("the end of a line was lost")
	}
}

func TestItForgetsInTheEnd(t *testing.T) {
	var out strings.Builder
	f := New(&out)
	for i := range 3 * remembered {
		fmt.Fprintf(f, "(autoscaler +1s) line %d\n", i)
	}
	if len(f.said) > remembered || strings.Count(out.String(), "\n") != 3*remembered {
		t.Errorf("%d lines are remembered, %d were shown", len(f.said), strings.Count(out.String(), "\n"))
	}
}
