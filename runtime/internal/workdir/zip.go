package workdir

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
)

// Zip packs a directory, without what stays behind or fits excludes (in the notation of .gitignore). Equal
// content gives equal bytes, whenever it was written; sum is their hash. Its limit is MaxBytes.
func Zip(root string, excludes []string) (data []byte, sum string, err error) {
	return pack(root, excludes, MaxBytes)
}

func pack(root string, excludes []string, most int64) (data []byte, sum string, err error) {
	out := bounded{most: most}
	z := zip.NewWriter(&out)
	create := func(name string, mode fs.FileMode) (io.Writer, error) { // without times, which are not content
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(mode)
		return z.CreateHeader(h)
	}
	folder := func(name string, empty bool) error {
		if name == "" || !empty {
			return nil
		}
		_, err := create(name+"/", fs.ModeDir|0o755) // a program may want to write there
		return err
	}
	file := func(name string, in *os.File, info os.FileInfo) error {
		mode := fs.FileMode(0o644)
		if info.Mode()&0o111 != 0 {
			mode = 0o755
		}
		w, err := create(name, mode)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		return err
	}
	if err := walk(root, excludes, folder, file); err != nil {
		return nil, "", err
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	h := sha256.Sum256(out.Bytes())
	return out.Bytes(), hex.EncodeToString(h[:16]), nil
}

// bounded refuses what is too much while it is written: all of a huge file need not fit into memory.
type bounded struct {
	bytes.Buffer
	most int64
}

func (b *bounded) Write(p []byte) (int, error) {
	if int64(b.Len()+len(p)) > b.most {
		return 0, tooMuch("its zip file", b.most)
	}
	return b.Buffer.Write(p)
}
