package rayclient

import (
	"strings"
	"testing"
	"time"
)

// send tells of a gigabyte that is sent in chunks of 5 MiB, which take a while each.
func send(inPlace bool, chunk time.Duration) string {
	var out strings.Builder
	now := time.Unix(0, 0)
	p := &progress{what: "ray.Put", to: &out, inPlace: inPlace, began: now, now: func() time.Time { return now }}
	const total = 1 << 30
	for sent := int64(0); sent < total; {
		sent = min(sent+5<<20, total)
		now = now.Add(chunk)
		p.tell(sent, total)
	}
	return out.String()
}

func TestProgressOfALargePut(t *testing.T) {
	bar := send(true, 50*time.Millisecond)
	if strings.Count(bar, "\n") != 1 || strings.Count(bar, "\r") < 20 || strings.Count(bar, "\r") > 60 {
		t.Errorf("a bar is rewritten %d times on %d lines", strings.Count(bar, "\r"), strings.Count(bar, "\n"))
	}
	if !strings.HasSuffix(bar, strings.Repeat("━", barWidth)+" 1024 of 1024 MB, 100 MB/s \n") {
		t.Errorf("it ends with %q", bar[max(0, len(bar)-120):])
	}
	lines := strings.Split(strings.TrimSpace(send(false, 50*time.Millisecond)), "\n")
	if len(lines) != 3 || lines[2] != "ray: ray.Put: 1024 of 1024 MB, 100 MB/s sent to the cluster" {
		t.Errorf("a log has %q", lines)
	}
	if quick := send(true, time.Millisecond); quick != "" {
		t.Errorf("of what takes 0.2 s is told %q", quick)
	}
}
