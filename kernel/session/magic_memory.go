package session

import (
	"context"
	"fmt"
	"os"

	"github.com/goray/goray/kernel/engine"
)

func init() {
	lineMagics["memory"] = magic{"%memory [8GB|50%|off]", "what the session holds, and may hold, of the memory", memoryMagic}
}

// memoryMagic shows or changes the limit of the session's process.
func memoryMagic(l *Local, _ context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	if args != "" {
		n, err := parseLimit(args, physicalMemory())
		if err != nil {
			return &MagicError{"%memory", err.Error()}
		}
		l.setLimit(n)
		if l.cfg.Limited != nil {
			l.cfg.Limited(n)
		}
	}
	m := memoryOf(os.Getpid(), l.limit.Load())
	limit := "without a limit"
	if m.limit > 0 {
		limit = fmt.Sprintf("of at most %s; a cell that takes more than %.0f %% of that is stopped", bytesText(m.limit), 100*softShare)
	}
	fmt.Printf("the session holds %s %s\n", bytesText(m.held), limit)
	return nil
}
