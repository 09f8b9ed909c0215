package core

// BulkCanceler is what a backend implements that can cancel many tasks at once.
type BulkCanceler interface {
	// CancelAll cancels tasks and actor calls, and all that they submitted, without force. Those
	// that have finished are left alone.
	CancelAll(ids []ID)
}

// CancelAll cancels tasks and actor calls, and all that they submitted.
func CancelAll(b Backend, ids []ID) {
	if bulk, ok := b.(BulkCanceler); ok {
		bulk.CancelAll(ids)
		return
	}
	for _, id := range ids {
		_ = b.Cancel(id, false, true) // it fails only with force
	}
}

// ForcedCancel is a Cancel with force, as a worker asks for it.
type ForcedCancel struct {
	ID        ID
	Recursive bool
}
