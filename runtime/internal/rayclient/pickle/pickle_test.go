package pickle_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/goray/goray/runtime/internal/rayclient/pickle"
)

func TestRoundTrip(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 20_000)
	for _, v := range []any{nil, true, false, 0, -1, 1 << 31, -1 << 40, 2.5, "", "é\n", []byte{}, []byte{0, 255}, long,
		pickle.Tuple{}, pickle.Tuple{1, pickle.Tuple{2.5}, long}} {
		got, err := pickle.Load(pickle.Dump(v), nil)
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%.40v: got %.40v, %v", v, got, err)
		}
	}
}

func TestLongBytesAreNotCopied(t *testing.T) {
	long := make([]byte, 1<<20)
	all := pickle.Buffers(pickle.Tuple{"x", long})
	if len(all) != 3 || &all[1][0] != &long[0] {
		t.Fatalf("%d buffers", len(all))
	}
	data := bytes.Join(all, nil)
	v, err := pickle.Load(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := v.(pickle.Tuple)[1].([]byte)
	if &b[0] != &data[len(data)-len(b)-2] {
		t.Error("Load copied the bytes")
	}
}

// TestDamageIsAnError cuts a pickle at every place.
func TestDamageIsAnError(t *testing.T) {
	data := pickle.Dump(pickle.Tuple{"x", map[string]any{"k": []any{1, 2.5}}, pickle.Call{Fn: pickle.Global{Module: "m", Name: "f"}, Args: pickle.Tuple{1}}})
	for i := range data {
		if v, err := pickle.Load(data[:i], nil); err == nil {
			t.Errorf("%d bytes of %d gave %v", i, len(data), v)
		}
	}
	for _, h := range []string{"2e", "80042e", "8004652e", "80045d6865", "80048effffffffffffffff2e", "8004ff"} {
		b, _ := hex.DecodeString(h)
		if v, err := pickle.Load(b, nil); err == nil {
			t.Errorf("%s gave %v", h, v)
		}
	}
}

// python finds the interpreter of Ray's environment; tests that need one are skipped without.
func python(t *testing.T) string {
	t.Helper()
	root := os.Getenv("GORAY_RAY")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "build", "ray")
	}
	p := filepath.Join(root, "bin", "python")
	if _, err := os.Stat(p); err != nil {
		t.Skipf("no Python: %v; set GORAY_RAY to an environment with ray", err)
	}
	return p
}

// TestPythonReads has Python read what is written here, of all kinds.
func TestPythonReads(t *testing.T) {
	p := python(t)
	data := pickle.Dump(pickle.Tuple{nil, true, 1, -70000, 1 << 40, 2.5, "é", []byte("b"), []any{1}, map[string]any{"k": "v"},
		pickle.Call{Fn: pickle.Global{Module: "builtins", Name: "len"}, Args: pickle.Tuple{"four"}}})
	out, err := exec.Command(p, "-c", fmt.Sprintf("import pickle; print(pickle.loads(bytes.fromhex(%q)))", hex.EncodeToString(data))).CombinedOutput()
	want := "(None, True, 1, -70000, 1099511627776, 2.5, 'é', b'b', [1], {'k': 'v'}, 4)\n"
	if err != nil || string(out) != want {
		t.Errorf("%s, %v", out, err)
	}
}

// TestReadsPython reads what Python writes, in all protocols.
func TestReadsPython(t *testing.T) {
	p := python(t)
	for protocol := 2; protocol <= 5; protocol++ {
		code := fmt.Sprintf(`import pickle, sys
shared = [1]
sys.stdout.buffer.write(pickle.dumps((None, True, 5, 300, 70000, -3, 2**70, -2**70, 1.5, "é", b"\x00\xff", [1, [2]], {"a": 1, 2: "b"}, shared, shared, ValueError("no", 3), KeyError("k")), %d))`, protocol)
		out, err := exec.Command(p, "-c", code).Output()
		if err != nil {
			t.Fatal(err)
		}
		v, err := pickle.Load(out, nil)
		if err != nil {
			t.Fatalf("protocol %d: %v", protocol, err)
		}
		got := v.(pickle.Tuple)
		two70 := new(big.Int).Lsh(big.NewInt(1), 70)
		want := pickle.Tuple{nil, true, 5, 300, 70000, -3, two70, new(big.Int).Neg(two70), 1.5, "é", []byte{0, 255}, &pickle.List{Items: []any{1, &pickle.List{Items: []any{2}}}}}
		if !reflect.DeepEqual(got[:len(want)], want) {
			t.Errorf("protocol %d: %v", protocol, got[:len(want)])
		}
		d := got[12].(*pickle.Dict)
		if x, ok := d.Get("a"); !ok || x != 1 || len(d.Keys) != 2 {
			t.Errorf("protocol %d: dict %v", protocol, d)
		}
		if !reflect.DeepEqual(got[13], got[14]) {
			t.Errorf("protocol %d: shared list %v, %v", protocol, got[13], got[14])
		}
		module := "builtins"
		if protocol == 2 {
			module = "exceptions" // as Python 2 called it
		}
		e := got[15].(*pickle.Object)
		if e.Class != (pickle.Global{Module: module, Name: "ValueError"}) || !reflect.DeepEqual(e.Args, pickle.Tuple{"no", 3}) {
			t.Errorf("protocol %d: exception %+v", protocol, e)
		}
	}
}

// FuzzLoad checks that no input makes the reader panic or loop.
func FuzzLoad(f *testing.F) {
	f.Add(pickle.Dump(pickle.Tuple{"x", map[string]any{"k": []any{1, 2.5}}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = pickle.Load(data, nil)
	})
}
