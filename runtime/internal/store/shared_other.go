//go:build !unix

package store

import (
	"errors"
	"os"
)

var errPlatform = errors.New("store: this system has no shared memory that goray can use; run with ray.Config{InProcess: true}")

type sharedFile struct{ where string }

func supported() error { return errPlatform }

func newShared(int64) (*sharedFile, error)             { return nil, errPlatform }
func newOnDisk(string, int64) (*sharedFile, error)     { return nil, errPlatform }
func sharedFrom(*os.File) (*sharedFile, error)         { return nil, errPlatform }
func (*sharedFile) mapped(int64, bool) ([]byte, error) { return nil, errPlatform }
func (*sharedFile) writeAt([]byte, int64) error        { return errPlatform }
func (*sharedFile) reserve(int64, int64) error         { return errPlatform }
func (*sharedFile) duplicate(bool) (*os.File, error)   { return nil, errPlatform }
func (*sharedFile) close() error                       { return nil }
func unmap([]byte) error                               { return nil }
func isNoMemory(error) bool                            { return false }
func populate([]byte)                                  {}
func (*sharedFile) discard(int64) error                { return nil }
