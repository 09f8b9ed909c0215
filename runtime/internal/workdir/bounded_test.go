package workdir

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPackStopsEarly: a directory that is too large is refused before all of it is in memory.
func TestPackStopsEarly(t *testing.T) {
	dir := t.TempDir()
	noise := make([]byte, 3<<20)
	rand.Read(noise)
	if err := os.WriteFile(filepath.Join(dir, "noise"), noise, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := pack(dir, nil, 2<<20); err == nil || !strings.Contains(err.Error(), "more than 2 MiB") {
		t.Error(err)
	}
	if data, _, err := pack(dir, nil, 4<<20); err != nil || len(data) < len(noise) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	b := bounded{most: 10}
	if _, err := b.Write(make([]byte, 11)); err == nil || b.Len() != 0 {
		t.Errorf("it took %d bytes, %v", b.Len(), err)
	}
}
