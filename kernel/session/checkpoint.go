package session

import (
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// checkpoint is an image in a file, for other processes and other days.
type checkpoint struct {
	Version string // of the program
	Taken   time.Time
	Cell    int
	Cells   []declaring
	Vars    []saved
	Values  []byte
}

var checkpointName = regexp.MustCompile(`^[\pL\pN_][\pL\pN_.-]*$`)

const checkpointSuffix = ".goray"

// checkpointDir is in the user's state directory.
func checkpointDir() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "goray", "checkpoints"), nil
}

func checkpointPath(name string) (string, error) {
	if !checkpointName.MatchString(name) {
		return "", fmt.Errorf("%q is no name for a checkpoint; use letters, digits, dots and dashes", name)
	}
	dir, err := checkpointDir()
	return filepath.Join(dir, name+checkpointSuffix), err
}

// save writes an image to a file, which is complete or not there. Only its owner can read it.
func (im *image) save(path, version string) (size int64, err error) {
	c := checkpoint{Version: version, Taken: time.Now(), Cell: im.Cell, Cells: im.Cells, Vars: im.Variables}
	if im.values != nil {
		if c.Values, err = im.values.bytes(); err != nil {
			return 0, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	err = gob.NewEncoder(f).Encode(c)
	if info, statErr := f.Stat(); statErr == nil {
		size = info.Size()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return size, os.Rename(f.Name(), path)
}

func loadCheckpoint(path string) (*image, checkpoint, error) {
	var c checkpoint
	f, err := os.Open(path)
	if err != nil {
		return nil, c, err
	}
	defer f.Close()
	if err := gob.NewDecoder(f).Decode(&c); err != nil {
		return nil, c, fmt.Errorf("%s is no checkpoint: %w", path, err)
	}
	im := &image{Cell: c.Cell, Cells: c.Cells, Variables: c.Vars}
	if c.Values != nil {
		if im.values, err = newBlob(); err == nil {
			err = im.values.write(0, c.Values)
		}
	}
	return im, c, err
}

// listed is a checkpoint in a list.
type listed struct {
	name  string
	taken time.Time
	size  int64
}

// checkpoints lists what there is, newest first.
func checkpoints() ([]listed, error) {
	dir, err := checkpointDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var all []listed
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || filepath.Ext(e.Name()) != checkpointSuffix {
			continue
		}
		name := e.Name()[:len(e.Name())-len(checkpointSuffix)]
		all = append(all, listed{name, info.ModTime(), info.Size()})
	}
	slices.SortFunc(all, func(a, b listed) int { return b.taken.Compare(a.taken) })
	return all, nil
}
