package modules

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Package is the source of one package, as it is interpreted.
type Package struct {
	Path, Name      string
	Module, Version string   // Version is empty for a module that is a folder of the user's
	GoVersion       string   // of its module, "go1.21"; may be empty
	Dir             string   `json:"-"` // empty for a package that came with a function
	Imports         []string `json:",omitempty"`
	Hash            string   // of path, Go version and files
	Files           []File   `json:"-"`
	Embedded        []File   `json:"-"` // by their paths in the package's folder
}

// File is one Go file of a package.
type File struct {
	Name string
	Text []byte
}

// String is path@version, or the path and the folder.
func (p *Package) String() string {
	switch {
	case p.Version != "":
		return p.Path + " (" + p.Module + "@" + p.Version + ")"
	case p.Dir != "":
		return p.Path + " (" + p.Dir + ")"
	}
	return p.Path
}

// read makes a package of what the Go tool says.
func (l *listed) read() (*Package, error) {
	p := &Package{Path: l.ImportPath, Name: l.Name, Dir: l.Dir, Imports: l.Imports}
	if m := l.Module; m != nil {
		p.Module, p.Version = m.Path, m.Version
		if l.mutable() {
			p.Version = ""
		}
		if m.GoVersion != "" {
			p.GoVersion = "go" + m.GoVersion
		}
	}
	for i, name := range slices.Concat(l.GoFiles, l.EmbedFiles) {
		text, err := os.ReadFile(filepath.Join(l.Dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; go clean -modcache removes a damaged module cache", p, err)
		}
		if i < len(l.GoFiles) {
			p.Files = append(p.Files, File{name, text})
		} else {
			p.Embedded = append(p.Embedded, File{name, text})
		}
	}
	p.Hash = p.hash()
	return p, nil
}

func (p *Package) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", p.Path, p.GoVersion)
	for _, f := range slices.Concat(p.Files, p.Embedded) {
		fmt.Fprintf(h, "%s %d\n", f.Name, len(f.Text))
		h.Write(f.Text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// contents is what Packed.Data holds.
type contents struct{ Files, Embedded []File }

// Packed is a package as it travels: without comments, deflated. Data travels by itself, and only to
// where the package is not known yet.
type Packed struct {
	Package
	Data []byte `json:"-"`
	Sum  string // of Data
}

// Give gives a package that came without its Data that of another process.
func (p *Packed) Give(data []byte) { p.Data = data }

// Pack returns the package for another process.
func (p *Package) Pack() (Packed, error) {
	files := make([]File, len(p.Files))
	for i, f := range p.Files {
		files[i] = File{f.Name, withoutComments(f.Text)}
	}
	text, err := json.Marshal(contents{files, p.Embedded})
	if err != nil {
		return Packed{}, err
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return Packed{}, err
	}
	if _, err := w.Write(text); err != nil {
		return Packed{}, err
	}
	if err := w.Close(); err != nil {
		return Packed{}, err
	}
	return Packed{*p, b.Bytes(), Sum(b.Bytes())}, nil
}

// Sum is the hash by which packed source is found.
func Sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:16])
}

// Unpack is the inverse of Pack.
func (p *Packed) Unpack() (*Package, error) {
	if Sum(p.Data) != p.Sum {
		return nil, fmt.Errorf("source of %s is damaged; export the function again", p.Path)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(p.Data)))
	if err != nil {
		return nil, fmt.Errorf("source of %s is damaged: %w", p.Path, err)
	}
	var c contents
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("source of %s is damaged: %w", p.Path, err)
	}
	q := p.Package
	q.Files, q.Embedded = c.Files, c.Embedded
	return &q, nil
}

// withoutComments blanks out comments; lines stay where they are, and so do directives.
func withoutComments(text []byte) []byte {
	fset := token.NewFileSet()
	f := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(f, text, func(token.Position, string) {}, scanner.ScanComments)
	out := make([]byte, 0, len(text))
	from := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return append(out, text[from:]...)
		}
		if tok != token.COMMENT || strings.HasPrefix(lit, "//go:") || strings.HasPrefix(lit, "//line ") {
			continue
		}
		start := f.Offset(pos)
		end := start + len(lit)
		if lit[1] == '*' { // the scanner drops carriage returns
			end = start + bytes.Index(text[start:], []byte("*/")) + 2
		}
		out = append(out, text[from:start]...)
		out = append(out, bytes.Repeat([]byte("\n"), strings.Count(lit, "\n"))...)
		if !strings.Contains(lit, "\n") && lit[1] == '*' {
			out = append(out, ' ')
		}
		from = end
	}
}
