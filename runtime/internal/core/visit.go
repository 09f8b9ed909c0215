package core

import (
	"context"
	"time"
)

// Visitor is implemented by backends that can tell of single objects, where Get and Wait have to make
// lists of all.
type Visitor interface {
	// Visit waits for all ids, as Get does, and then calls f for each of their values, in order, until it
	// returns an error. A small value that says its type, and refers to no object, is given as flat:
	// what marshal.Flatten makes of it. It is not to be changed. All others come as v.
	Visit(ctx context.Context, ids []ID, f func(i int, flat []byte, v *Value) error) error
	// Await is Wait that says where in ids the first n are that are ready, in order. ids are the
	// caller's again when it returns.
	Await(ctx context.Context, ids []ID, n int, timeout time.Duration) (at []int, err error)
}
