//go:build !linux

package native

import "os/exec"

func quiet(*exec.Cmd) {}

func lowerPriority(int) {}
