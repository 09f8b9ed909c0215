package rayworker

import _ "embed"

// shim is the text of the Python side.
//
//go:embed shim.py
var shim string

// Shim is the Python text whose offer(text) yields task, Actor and python, as package rayclient
// describes them.
func Shim() string { return shim }
