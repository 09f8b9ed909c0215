//go:build !linux

package store

import "os"

var systemPage = int64(os.Getpagesize())

func (*segment) overlay([]byte, int64) bool { return false }
func blank([]byte) bool                     { return true }
func detach(uintptr, int) bool              { return false }
