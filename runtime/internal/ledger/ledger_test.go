package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/ledger"
)

func open(t *testing.T, path string) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func content(t *testing.T, l *ledger.Ledger, prefix string) string {
	t.Helper()
	var all []string
	if err := l.Each(prefix, func(key string, value []byte) error {
		all = append(all, key+"="+string(value))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestRecordsAreThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := open(t, path)
	for _, kv := range []string{"b=1", "a=2", "c=3", "a=4", "x/e="} {
		key, value, _ := strings.Cut(kv, "=")
		must(t, l.Set(key, []byte(value)))
	}
	must(t, l.Delete("c"))
	must(t, l.Delete("never"))
	if _, err := ledger.Open(path); !errors.Is(err, ledger.ErrInUse) {
		t.Errorf("a second one may open it: %v", err)
	}
	must(t, l.Close())
	l = open(t, path)
	if got := content(t, l, ""); got != "a=4 b=1 x/e=" || l.Warning() != "" {
		t.Errorf("it has %q, warning %q", got, l.Warning())
	}
	if got := content(t, l, "x/"); got != "x/e=" {
		t.Errorf("below x/ it has %q", got)
	}
}

// Whatever length of the file has reached the disk, what was whole in it is there.
func TestATornEndIsCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := open(t, path)
	must(t, l.Set("first", []byte("1")))
	before, err := os.ReadFile(path)
	must(t, err)
	must(t, l.Set("second", []byte("2")))
	must(t, l.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	for n := range whole {
		must(t, os.WriteFile(path, whole[:n], 0o600))
		l, err := ledger.Open(path)
		if err != nil {
			t.Fatalf("with %d bytes: %v", n, err)
		}
		want := ""
		if n >= len(before) {
			want = "first=1"
		}
		if got := content(t, l, ""); got != want {
			t.Errorf("with %d of %d bytes it has %q, not %q", n, len(whole), got, want)
		}
		if torn := n > len(before) && n < len(whole); torn && !strings.Contains(l.Warning(), "cut off") {
			t.Errorf("with %d bytes there is no warning", n)
		}
		must(t, l.Set("third", []byte("3")))
		must(t, l.Close())
		l = open(t, path)
		if got := content(t, l, "third"); got != "third=3" || l.Warning() != "" {
			t.Errorf("after %d bytes: what was written then is %q, warning %q", n, got, l.Warning())
		}
		must(t, l.Close())
	}
}

func TestADamagedEntryEndsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := open(t, path)
	must(t, l.Set("first", []byte("1")))
	must(t, l.Set("second", []byte("222")))
	must(t, l.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	b[len(b)-1] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	l = open(t, path)
	if got := content(t, l, ""); got != "first=1" || !strings.Contains(l.Warning(), "checksum") {
		t.Errorf("it has %q, warning %q", got, l.Warning())
	}
}

func TestTheFileIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	l := open(t, path)
	value := bytes.Repeat([]byte("v"), 100<<10)
	for i := range 100 {
		must(t, l.Set(fmt.Sprint("key", i%3), value))
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() > 2<<20 {
		t.Errorf("300 KiB of records take %d bytes", info.Size())
	}
	must(t, l.Close())
	l = open(t, path)
	n := 0
	must(t, l.Each("key", func(_ string, v []byte) error {
		if n++; !bytes.Equal(v, value) {
			t.Error("a record has changed")
		}
		return nil
	}))
	if n != 3 {
		t.Errorf("%d records are left of 3", n)
	}
	if left, _ := filepath.Glob(path + ".new"); left != nil {
		t.Errorf("%v is left", left)
	}
}

func TestAFileOfSomethingElseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	must(t, os.WriteFile(path, []byte("buy milk and bread"), 0o600))
	if _, err := ledger.Open(path); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Error(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "buy milk and bread" {
		t.Error("it was changed")
	}
}
