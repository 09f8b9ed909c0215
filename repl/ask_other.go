//go:build !unix

package repl

import (
	"os"
	"time"
)

// readWithin cannot wait for a limited time here, so that no terminal is asked.
func readWithin(*os.File, time.Duration) []byte { return nil }

func pixelSize(*os.File) (width, height int) { return 0, 0 }
