package train

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// WriteCheckpoint writes a checkpoint into dir, which must not exist yet. It
// appears complete or not at all: the files are written beside it, forced to
// disk, and renamed as a whole. The metadata's Format, Version and Files are
// filled in.
func WriteCheckpoint(dir string, meta Metadata, files map[string][]byte) (*Checkpoint, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("train: checkpoint: %s exists; choose another directory", path)
	}
	meta.Format, meta.Version, meta.Files = checkpointFormat, 1, nil
	if meta.Created.IsZero() {
		meta.Created = time.Now().UTC().Truncate(time.Millisecond)
	}
	for _, name := range slices.Sorted(keys(files)) {
		if !filepath.IsLocal(name) || name == metadataName {
			return nil, fmt.Errorf("train: checkpoint: %q cannot be a file of a checkpoint; use a plain name other than %s", name, metadataName)
		}
		sum := sha256.Sum256(files[name])
		meta.Files = append(meta.Files, File{Name: name, Size: int64(len(files[name])), SHA256: hex.EncodeToString(sum[:])})
	}
	head, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: metadata: %w; metrics must be finite numbers", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(path), partialPrefix)
	if err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	defer os.RemoveAll(partial)
	if err := os.Chmod(partial, 0o755); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	for name, content := range files {
		if err := writeSynced(filepath.Join(partial, filepath.FromSlash(name)), content); err != nil {
			return nil, fmt.Errorf("train: checkpoint: %w", err)
		}
	}
	if err := writeSynced(filepath.Join(partial, metadataName), append(head, '\n')); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return nil, fmt.Errorf("train: checkpoint: %w", err)
	}
	return &Checkpoint{path: path, meta: meta}, nil
}

func writeSynced(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
