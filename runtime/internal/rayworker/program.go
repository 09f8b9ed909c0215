package rayworker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime"
	"sync"
)

// Program is this program as a file that nodes of one platform can run.
type Program struct {
	Arch string // Go's name: "amd64"
	SHA  string // SHA-256 of the file, hexadecimal
	Path string
}

// Programs returns this program for the platforms that it is there for.
func Programs(context.Context) ([]Program, error) {
	p, err := own()
	return []Program{p}, err
}

// own is the program of this machine's platform.
var own = sync.OnceValues(func() (Program, error) {
	path, err := os.Executable()
	if err != nil {
		return Program{}, err
	}
	sha, err := hashOf(path)
	return Program{Arch: runtime.GOARCH, SHA: sha, Path: path}, err
})

func hashOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
