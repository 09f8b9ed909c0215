package store

import (
	"errors"
	"fmt"
)

// ErrFull is what every FullError is.
var ErrFull = errors.New("the object store is full")

// ErrClosed is returned by a store after Close.
var ErrClosed = errors.New("store: the store is closed; start a new session with ray.Init")

// FullError says who wanted how much of what.
type FullError struct {
	Need, Used, Capacity int64
	Objects              int
	LargestHole          int64
	Cause                error // of the operating system, when it was the one that refused
}

func (e *FullError) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("store: the system has no %s of shared memory left (%v); release references, or lower ray.Config.ObjectStoreMemory so that the limit is met before",
			Bytes(e.Need), e.Cause)
	}
	return fmt.Sprintf("store: an object of %s does not fit: %s of %s are taken by %d objects, the largest free piece is %s; release references, or raise ray.Config.ObjectStoreMemory",
		Bytes(e.Need), Bytes(e.Used), Bytes(e.Capacity), e.Objects, Bytes(e.LargestHole))
}

// Is makes errors.Is(err, ErrFull) true.
func (e *FullError) Is(target error) bool { return target == ErrFull }

func (e *FullError) Unwrap() error { return e.Cause }

// Bytes writes a size for people.
func Bytes(n int64) string {
	const unit = 1024
	switch {
	case n < unit:
		return fmt.Sprintf("%d B", n)
	case n < unit*unit:
		return fmt.Sprintf("%.1f KiB", float64(n)/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.1f MiB", float64(n)/unit/unit)
	default:
		return fmt.Sprintf("%.2f GiB", float64(n)/unit/unit/unit)
	}
}
