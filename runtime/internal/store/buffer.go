package store

// Buffer is replaced below.
type Buffer struct{}
