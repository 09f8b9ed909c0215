package rayclient

import (
	"context"
	"fmt"
	"os"

	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayworker"
)

var _ rayworker.Supplier = (*backend)(nil)

// sendProgram puts a program into Ray's store, where it stays as long as this session.
func (b *backend) sendProgram(ctx context.Context, p rayworker.Program) (id string, err error) {
	data, err := os.ReadFile(p.Path)
	if err != nil {
		return "", err
	}
	if id, err = b.conn.Put(context.Background(), pickle.Buffers(data), progressOf("this program for "+p.Arch, len(data))).ID(ctx); err != nil {
		return "", fmt.Errorf("this program cannot be sent to the cluster: %w", plain(err))
	}
	return id, nil
}

// Wanted implements rayworker.Supplier.
func (b *backend) Wanted(ctx context.Context) ([]string, error) {
	list, err := b.conn.KVGet(ctx, wire.Namespace, wire.WantKey(b.info.JobID))
	return rayworker.Platforms(list), err
}

// Store implements rayworker.Supplier. A function that is on its way already cannot be given another
// reference; it finds this one in Ray's key-value store.
func (b *backend) Store(ctx context.Context, p rayworker.Program) (wire.Have, error) {
	id, err := b.sendProgram(ctx, p)
	if err != nil {
		return wire.Have{}, err
	}
	text, release, err := b.evaluate(ctx, `lambda ref: __import__("ray").cloudpickle.dumps(ref).hex()`, b.stub("Object", id))
	if err != nil {
		return wire.Have{}, err
	}
	defer release()
	ref, ok := text.(string)
	if !ok {
		return wire.Have{}, fmt.Errorf("the head answered %T instead of a reference's text", text)
	}
	return wire.Have{SHA: p.SHA, Ref: ref}, nil
}

// Tell implements rayworker.Supplier.
func (b *backend) Tell(ctx context.Context, arch string, answer []byte) error {
	return b.conn.KVPut(ctx, wire.Namespace, wire.HaveKey(b.info.JobID, arch), answer)
}
