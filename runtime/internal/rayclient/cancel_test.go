package rayclient_test

import (
	"context"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient"
	"github.com/goray/goray/runtime/internal/rayclient/rayhead"
)

func untilCancelled(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rayhead.Patience):
		return nil
	}
}

// Many tasks are cancelled with one request; one that the head has forgotten does not save the others.
func TestCancelAll(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), rayhead.Patience)
	defer stop()
	b, err := open(ctx, core.Config{Address: "ray://" + rayhead.Address(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var ids []core.ID
	for range 3 {
		f, _, err := marshal.Function(untilCancelled)
		if err != nil {
			t.Fatal(err)
		}
		s := &core.TaskSpec{ID: b.NewID(), Func: &f, Options: new(core.DefaultTask())}
		if err := b.Submit(s); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.ID)
	}
	rayclient.Drop(b, ids[1])
	b.(core.BulkCanceler).CancelAll(ids)
	values, err := b.Get(ctx, []core.ID{ids[0], ids[2]})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if v.Failure == nil || v.Failure.Kind != core.Cancelled {
			t.Errorf("%+v was not cancelled", v)
		}
	}
}
