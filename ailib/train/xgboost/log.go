package xgboost

import (
	"fmt"
	"os"
	"regexp"
	"sync"

	"github.com/ebitengine/purego"
)

// logCallback is the C form of forwardLog. It is made once: callbacks are
// never given back.
var logCallback = sync.OnceValue(func() uintptr { return purego.NewCallback(forwardLog) })

// rankLine is what every member of a group prints on joining, at any verbosity.
var rankLine = regexp.MustCompile(`Task \d+ got rank \d+`)

// forwardLog takes what XGBoost prints on the calling thread and writes it to
// standard error, except for lines that tell a user nothing.
func forwardLog(text *byte) uintptr {
	if line := goString(text); !rankLine.MatchString(line) {
		fmt.Fprintln(os.Stderr, line)
	}
	return 0
}

// takeLog sends what the calling thread prints from now on to forwardLog. The
// registration belongs to the thread, like everything in XGBoost.
func takeLog() int32 { return xgbRegisterLogCallback(logCallback()) }
