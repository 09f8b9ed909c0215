package preprocess

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
)

// Chain applies preprocessors one after the other; each is fitted on what the
// ones before it make of the training data.
type Chain struct {
	Stages []Preprocessor
}

// NewChain returns a chain of the stages.
func NewChain(stages ...Preprocessor) *Chain { return &Chain{Stages: stages} }

// Fit fits the stages in order.
func (c *Chain) Fit(ds *data.Dataset) error {
	if len(c.Stages) == 0 {
		return errors.New("preprocess: the chain has no stages; give NewChain at least one preprocessor")
	}
	for i, s := range c.Stages {
		if err := s.Fit(ds); err != nil {
			return fmt.Errorf("preprocess: stage %d of the chain: %w", i+1, err)
		}
		ds = s.Transform(ds)
	}
	return nil
}

// Fitted reports whether all stages are fitted.
func (c *Chain) Fitted() bool {
	for _, s := range c.Stages {
		if !s.Fitted() {
			return false
		}
	}
	return len(c.Stages) > 0
}

// Transform applies the stages in order.
func (c *Chain) Transform(ds *data.Dataset) *data.Dataset {
	if !c.Fitted() {
		return data.Failed(notFitted(c))
	}
	for _, s := range c.Stages {
		ds = s.Transform(ds)
	}
	return ds
}

// FitTransform fits the chain on ds and transforms it.
func (c *Chain) FitTransform(ds *data.Dataset) *data.Dataset { return fitTransform(c, ds) }

// TransformBatch applies the stages to one batch.
func (c *Chain) TransformBatch(b data.Batch) (data.Batch, error) {
	if !c.Fitted() {
		return b, notFitted(c)
	}
	for i, s := range c.Stages {
		var err error
		if b, err = s.TransformBatch(b); err != nil {
			return b, fmt.Errorf("preprocess: stage %d of the chain: %w", i+1, err)
		}
	}
	return b, nil
}

// TransformSchema tells the columns after the last stage.
func (c *Chain) TransformSchema(in *arrow.Schema) (*arrow.Schema, error) {
	for _, s := range c.Stages {
		t, ok := s.(interface {
			TransformSchema(*arrow.Schema) (*arrow.Schema, error)
		})
		if !ok || in == nil {
			return nil, nil
		}
		var err error
		if in, err = t.TransformSchema(in); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// String names the stages.
func (c *Chain) String() string {
	parts := make([]string, len(c.Stages))
	for i, s := range c.Stages {
		parts[i] = s.String()
	}
	return "Chain(" + strings.Join(parts, ", ") + ")"
}

// MarshalJSON writes the stages with their kinds.
func (c *Chain) MarshalJSON() ([]byte, error) {
	out := make([]json.RawMessage, len(c.Stages))
	for i, s := range c.Stages {
		var err error
		if out[i], err = Marshal(s); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON restores the stages.
func (c *Chain) UnmarshalJSON(raw []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	c.Stages = nil
	for _, part := range parts {
		s, err := Unmarshal(part)
		if err != nil {
			return err
		}
		c.Stages = append(c.Stages, s)
	}
	return nil
}
