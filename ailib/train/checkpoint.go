package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Checkpoint is a directory with everything that is needed to use a model, or
// to go on training it: metadata.json, which lists the other files with their
// checksums, the model, and the fitted preprocessor. It is never changed once
// it is there.
//
//	metadata.json       kind, round, metrics, features, checksums
//	model.ubj           the model in XGBoost's own format
//	preprocessor.json   the fitted preprocessor, where there is one
type Checkpoint struct {
	path string
	meta Metadata
}

// Metadata describes a checkpoint.
type Metadata struct {
	Format       string         `json:"format"`  // "goray-checkpoint"
	Version      int            `json:"version"` // of the format
	Kind         string         `json:"kind"`    // what made it, such as "xgboost"
	Library      string         `json:"library,omitempty"`
	Created      time.Time      `json:"created"`
	Round        int            `json:"round"` // rounds or reports so far
	Metrics      Metrics        `json:"metrics,omitempty"`
	Label        string         `json:"label,omitempty"`
	Features     []string       `json:"features,omitempty"` // columns that the model takes, in its order
	Inputs       []string       `json:"inputs,omitempty"`   // columns before the preprocessor, where they differ
	Params       map[string]any `json:"params,omitempty"`
	Preprocessor string         `json:"preprocessor,omitempty"` // the preprocessor's kind
	Files        []File         `json:"files"`
}

// File is a file of a checkpoint.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

const (
	metadataName     = "metadata.json"
	checkpointFormat = "goray-checkpoint"
	checkpointPrefix = "checkpoint_"
	partialPrefix    = ".partial-"
)

// ModelFile is the file of a checkpoint of kind "xgboost" that holds the
// model, in XGBoost's own format.
const ModelFile = "model.ubj"

// PreprocessorFile is the file of a checkpoint that holds the fitted
// preprocessor, as preprocess.Marshal writes it.
const PreprocessorFile = "preprocessor.json"

// FromDir opens a checkpoint and verifies the checksum of every file.
func FromDir(dir string) (*Checkpoint, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	raw, err := os.ReadFile(filepath.Join(path, metadataName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("train: %s is not a checkpoint: it has no %s; give a directory such as …/%s000049", path, metadataName, checkpointPrefix)
	}
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	c := &Checkpoint{path: path}
	if err := json.Unmarshal(raw, &c.meta); err != nil {
		return nil, fmt.Errorf("train: checkpoint %s: %s is damaged: %w; use another checkpoint", path, metadataName, err)
	}
	if c.meta.Format != checkpointFormat || c.meta.Version != 1 {
		return nil, fmt.Errorf("train: checkpoint %s has format %q version %d, not %q version 1; use the program that wrote it", path, c.meta.Format, c.meta.Version, checkpointFormat)
	}
	for _, f := range c.meta.Files {
		if err := f.verify(path); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (f File) verify(dir string) error {
	if !filepath.IsLocal(f.Name) {
		return fmt.Errorf("train: checkpoint %s names a file outside itself, %q; do not use it", dir, f.Name)
	}
	in, err := os.Open(filepath.Join(dir, f.Name))
	if err != nil {
		return fmt.Errorf("train: checkpoint %s is incomplete: %w; use another checkpoint", dir, err)
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return fmt.Errorf("train: checkpoint %s: %w", dir, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != f.SHA256 {
		return fmt.Errorf("train: checkpoint %s is damaged: the checksum of %s is %.12s…, not %.12s…; use another checkpoint", dir, f.Name, sum, f.SHA256)
	}
	return nil
}

// Latest opens the newest checkpoint of a run's directory that is intact.
func Latest(run string) (*Checkpoint, error) {
	entries, err := os.ReadDir(run)
	if err != nil {
		return nil, fmt.Errorf("train: %w; give the directory of a run", err)
	}
	var errs []error
	for _, e := range slices.Backward(entries) { // ReadDir sorts by name, and names count up
		if !e.IsDir() || !strings.HasPrefix(e.Name(), checkpointPrefix) {
			continue
		}
		c, err := FromDir(filepath.Join(run, e.Name()))
		if err == nil {
			return c, nil
		}
		errs = append(errs, err)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return nil, fmt.Errorf("train: %s holds no checkpoint; set CheckpointConfig.Frequency, or wait for the end of the training", run)
}

// Path returns the checkpoint's directory.
func (c *Checkpoint) Path() string { return c.path }

// Metadata returns what is known about the checkpoint.
func (c *Checkpoint) Metadata() Metadata { return c.meta }

// Kind returns what made the checkpoint, such as "xgboost".
func (c *Checkpoint) Kind() string { return c.meta.Kind }

// Read returns the content of a file of the checkpoint.
func (c *Checkpoint) Read(name string) ([]byte, error) {
	for _, f := range c.meta.Files {
		if f.Name == name {
			b, err := os.ReadFile(filepath.Join(c.path, filepath.FromSlash(name)))
			if err != nil {
				return nil, fmt.Errorf("train: checkpoint %s: %w", c.path, err)
			}
			return b, nil
		}
	}
	names := make([]string, len(c.meta.Files))
	for i, f := range c.meta.Files {
		names[i] = f.Name
	}
	return nil, fmt.Errorf("train: checkpoint %s has no file %q; it has %s", c.path, name, strings.Join(names, ", "))
}

// ToDir copies the checkpoint into dir, which must not exist yet, and returns
// the copy.
func (c *Checkpoint) ToDir(dir string) (*Checkpoint, error) {
	contents := map[string][]byte{}
	for _, f := range c.meta.Files {
		b, err := c.Read(f.Name)
		if err != nil {
			return nil, err
		}
		contents[f.Name] = b
	}
	return WriteCheckpoint(dir, c.meta, contents)
}

// String names the kind and the place.
func (c *Checkpoint) String() string {
	return fmt.Sprintf("Checkpoint(%s, round %d, %s)", c.meta.Kind, c.meta.Round, c.path)
}
