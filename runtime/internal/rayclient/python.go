package rayclient

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/python"
)

var _ core.PythonRunner = (*backend)(nil)

// PythonValue implements core.PythonRunner.
func (b *backend) PythonValue(neutral any) (core.Value, error) { return python.Encode(neutral) }
