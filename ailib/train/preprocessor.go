package train

import (
	"fmt"

	"github.com/goray/goray/ailib/preprocess"
)

// preprocessor returns the preprocessor to apply, or nil: the one given, or
// that of the checkpoint to resume from.
func (t XGBoost) preprocessor() (preprocess.Preprocessor, error) {
	if t.Preprocessor != nil || t.ResumeFrom == nil {
		return t.Preprocessor, nil
	}
	return t.ResumeFrom.Preprocessor()
}

// Preprocessor returns the fitted preprocessor of the checkpoint, and nil
// where it has none.
func (c *Checkpoint) Preprocessor() (preprocess.Preprocessor, error) {
	if c.meta.Preprocessor == "" {
		return nil, nil
	}
	raw, err := c.Read(PreprocessorFile)
	if err != nil {
		return nil, err
	}
	p, err := preprocess.Unmarshal(raw)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: preprocessor: %w", c.path, err)
	}
	return p, nil
}
