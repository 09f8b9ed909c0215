package spelling_test

import (
	"testing"

	"github.com/goray/goray/kernel/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"", "length", "width", "capture", "timeit", "time", "up", "Println"}
	for name, want := range map[string]string{
		"lenght": "length", "LENGTH": "length", "wdth": "width", "tiem": "time", "timet": "time", "println": "Println",
		"uq": "", "UP": "up", "nothing": "", "": "", "width": "",
	} {
		if got := spelling.Nearest(name, known); got != want {
			t.Errorf("%q is taken for %q, not %q", name, got, want)
		}
	}
}
