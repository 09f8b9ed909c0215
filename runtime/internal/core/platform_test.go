package core

import (
	"slices"
	"testing"
)

// Whoever asks is told what was known before, and what turns up later.
func TestPlatforms(t *testing.T) {
	var p Platforms
	var told []string
	p.Serve("arm64")
	p.EachPlatform(func(arch string) { told = append(told, arch) })
	p.Serve("riscv64")
	if !slices.Equal(told, []string{"arm64", "riscv64"}) {
		t.Errorf("told %v", told)
	}
}
