package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/local"
	"github.com/goray/goray/runtime/internal/marshal"
)

func open(t *testing.T, cfg core.Config) core.Backend {
	t.Helper()
	cfg.DashboardPort = -1
	b, err := local.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func put(t *testing.T, b core.Backend, v any) (core.ID, error) {
	t.Helper()
	value, err := marshal.EncodeAny(reflect.ValueOf(v))
	if err != nil {
		t.Fatal(err)
	}
	id := b.NewID()
	return id, b.Put(id, value)
}

func TestDiskFull(t *testing.T) {
	t.Setenv("RAY_local_fs_capacity_threshold", "0") // any disk is fuller than this
	b := open(t, core.Config{Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 16 << 20})
	var err error
	for range 4 {
		if _, err = put(t, b, make([]byte, 6<<20)); err != nil {
			break
		}
	}
	if !errors.Is(err, core.ErrOutOfDisk) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Fatal(err)
	}
	t.Setenv("RAY_local_fs_capacity_threshold", "1")
	if _, err := put(t, b, make([]byte, 6<<20)); err != nil { // and with room it goes on
		t.Error(err)
	}
}

// reader holds the memory of its argument as long as it lives.
type reader struct{ b []byte }

func newReader() *reader { return &reader{} }

func (r *reader) read(ctx context.Context, b []byte) (sum int) {
	for i := 0; i < len(b); i += 512 {
		sum += int(b[i])
	}
	return sum
}

// shared adds up what the mappings of objects take in a process: proportionally, and as it sees it.
func shared(t *testing.T, pid int) (proportional, resident int64) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "smaps"))
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range bytes.Lines(b) {
		words := strings.Fields(string(line))
		var kib int64
		switch {
		case len(words) >= 5 && strings.Contains(words[0], "-"):
			ours = strings.Contains(string(line), "goray-objects")
		case !ours || len(words) < 2:
		case words[0] == "Pss:":
			fmt.Sscan(words[1], &kib)
			proportional += kib << 10
		case words[0] == "Rss:":
			fmt.Sscan(words[1], &kib)
			resident += kib << 10
		}
	}
	return proportional, resident
}

// TestReadersShareMemory reads one object in many processes. Together they take it once.
func TestReadersShareMemory(t *testing.T) {
	const size, readers = 32 << 20, 20
	b := open(t, core.Config{Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 256 << 20})
	object, err := put(t, b, bytes.Repeat([]byte{1}, size))
	if err != nil {
		t.Fatal(err)
	}
	make, _, err := marshal.Function(newReader)
	if err != nil {
		t.Fatal(err)
	}
	read, _, err := marshal.Function((*reader).read)
	if err != nil {
		t.Fatal(err)
	}
	var calls []core.ID
	for range readers {
		id, err := b.CreateActor(&core.TaskSpec{ID: b.NewID(), Kind: core.ActorStart, Func: &make, Options: new(core.DefaultActor())})
		if err != nil {
			t.Fatal(err)
		}
		call := &core.TaskSpec{ID: b.NewID(), Kind: core.ActorCall, Actor: id, Func: &read, Args: []core.Arg{{Ref: object}}, Options: new(core.DefaultActor())}
		calls = append(calls, call.ID)
		if err := b.Submit(call); err != nil {
			t.Fatal(err)
		}
	}
	values, err := b.Get(t.Context(), calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		n, err := marshal.Decode(v, reflect.TypeFor[int]())
		if v.Failure != nil || err != nil || n.Int() != size/512 {
			t.Fatal(v.Failure, err, n)
		}
	}
	var proportional, resident int64
	for _, a := range b.(core.Inspector).Inspect().Actors {
		p, r := shared(t, a.PID)
		proportional, resident = proportional+p, resident+r
	}
	t.Logf("%d readers see %d MiB, and take %d MiB", readers, resident>>20, proportional>>20)
	if proportional > size+size/4 {
		t.Errorf("%d readers take %d bytes, more than one object of %d", readers, proportional, size)
	}
	if resident < readers*size {
		t.Errorf("%d readers see %d bytes only: the object was copied out of the shared memory", readers, resident)
	}
}

// Values that were got lie in the store. When it is full of them, they must not keep others from
// being put: neither those of the driver nor those of an actor.
func TestValuesInUseMakeRoom(t *testing.T) {
	const size = 6 << 20
	b := open(t, core.Config{Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 32 << 20})
	bytesOf := func(seed byte) []byte {
		v := make([]byte, size)
		for i := range v {
			v[i] = byte(i>>9) + seed
		}
		return v
	}
	fn, _, err := marshal.Function(newKeeper)
	if err != nil {
		t.Fatal(err)
	}
	actor := b.NewID()
	if _, err := b.CreateActor(&core.TaskSpec{ID: actor, Kind: core.ActorStart, Func: &fn, Options: new(core.DefaultActor())}); err != nil {
		t.Fatal(err)
	}
	call := func(f any, args ...core.Arg) core.ID {
		fn, _, err := marshal.Function(f)
		if err != nil {
			t.Fatal(err)
		}
		id := b.NewID()
		if err := b.Submit(&core.TaskSpec{ID: id, Kind: core.ActorCall, Actor: actor, Func: &fn, Args: args, Options: new(core.DefaultActor())}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	get := func(id core.ID) any {
		values, err := b.Get(t.Context(), []core.ID{id})
		if err != nil {
			t.Fatal(err)
		}
		if f := values[0].Failure; f != nil {
			t.Fatal(f.Text)
		}
		v, err := marshal.Decode(values[0], nil)
		if err != nil {
			t.Fatal(err)
		}
		if !v.IsValid() {
			return nil
		}
		return v.Interface()
	}
	var kept [][]byte
	for i := range byte(12) {
		id, err := put(t, b, bytesOf(i))
		if err != nil {
			t.Fatalf("after %d values: %v", i, err)
		}
		kept = append(kept, get(id).([]byte))
		get(call((*keeper).keep, core.Arg{Ref: id}))
		b.Release(id)
	}
	want := 0
	for i := range byte(12) {
		if !bytes.Equal(kept[i], bytesOf(i)) {
			t.Errorf("value %d has changed", i)
		}
		want += (&reader{}).read(t.Context(), kept[i])
	}
	if sum := get(call((*keeper).sum)).(int); sum != want {
		t.Errorf("the values of the actor add up to %d, not %d", sum, want)
	}
}

// keeper keeps all that it is given.
type keeper struct{ all [][]byte }

func newKeeper() *keeper { return &keeper{} }

func (k *keeper) keep(v []byte) { k.all = append(k.all, v) }

func (k *keeper) sum() (sum int) {
	for _, v := range k.all {
		sum += (&reader{}).read(context.Background(), v)
	}
	return sum
}
