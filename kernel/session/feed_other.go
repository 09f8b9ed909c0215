//go:build !linux

package session

import (
	"context"
	"errors"
)

// feed stands for a standard input that cannot be fed: only Linux says who waits for it. Cells
// use display.Input.
type feed struct{}

func newFeed() (*feed, error) { return nil, errors.New("session: standard input needs Linux") }

func (*feed) watch(context.Context, func(context.Context) (string, error), context.CancelCauseFunc) {}

func (*feed) put(string) {}
