package workdir

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
)

// Zip packs a directory, without what stays behind. Equal content gives equal bytes, whenever it was
// written; sum is their hash.
func Zip(root string) (data []byte, sum string, err error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	folder := func(name string) error {
		if name == "" {
			return nil
		}
		_, err := z.Create(name + "/")
		return err
	}
	file := func(name string, in *os.File, info os.FileInfo) error {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(mode(info) | 0o200) // nobody shares it there
		w, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		return err
	}
	if err := walk(root, folder, file); err != nil {
		return nil, "", err
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	h := sha256.Sum256(out.Bytes())
	return out.Bytes(), hex.EncodeToString(h[:16]), nil
}
