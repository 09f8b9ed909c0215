package viz

import "testing"

func TestParseStat(t *testing.T) {
	before := parseStat([]byte("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 100 0 100 800 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\nintr 5\n"))
	after := parseStat([]byte("cpu0 150 0 150 850 50 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\n"))
	got := busyPercent(before, after)
	if len(got) != 2 || got[0] != 50 || got[1] != 0 {
		t.Errorf("%v", got)
	}
}

func TestParseMeminfo(t *testing.T) {
	used, total, err := parseMeminfo([]byte("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\n"))
	if err != nil || used != 600<<10 || total != 1000<<10 {
		t.Error(used, total, err)
	}
	if _, _, err := parseMeminfo(nil); err == nil {
		t.Error("no error for an empty file")
	}
}
