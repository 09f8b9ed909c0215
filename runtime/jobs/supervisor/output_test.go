package supervisor

import (
	"path/filepath"
	"testing"
)

// TestOutputThatFails: what was kept until a disk was full can still be read.
func TestOutputThatFails(t *testing.T) {
	o, err := newOutput(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"kept\n", "lost\n", "lost, too\n"} {
		if i == 1 {
			o.file.Close() // what is written from now on fails
		}
		if n, err := o.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("it took %d bytes, %v; the job must not notice", n, err)
		}
	}
	if text, err := o.text(); text != "kept\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
