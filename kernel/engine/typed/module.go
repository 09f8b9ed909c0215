package typed

import (
	"context"
	"path/filepath"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

// prepare fetches the third-party packages that a cell imports. It returns engine.ErrInterrupted
// when ctx ends; what cannot be had is an error of the import when the cell is checked.
func (s *Session) prepare(ctx context.Context, cell engine.Cell) error {
	if s.lang.Prepare(ctx, cell) != nil {
		return engine.ErrInterrupted
	}
	return nil
}

// prepareProgram is prepare for a program; its module is the one around its file.
func prepareProgram(ctx context.Context, lib *lang.Packages, path string, src []byte) error {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return err
	}
	if lib.FetchFor(ctx, dir, src) != nil {
		return engine.ErrInterrupted
	}
	return nil
}

// Get chooses versions of third-party modules, as "go get" does: "module", "module@version",
// several with spaces, or nothing to list those that are chosen. The text is for people.
func (s *Session) Get(ctx context.Context, query string) (string, error) {
	text, err := s.lang.Packages().Choose(ctx, query)
	if ctx.Err() != nil {
		return "", engine.ErrInterrupted
	}
	return text, err
}
