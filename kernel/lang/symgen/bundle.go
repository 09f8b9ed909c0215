package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"go/token"
	"go/types"
	"runtime"
	"slices"

	"golang.org/x/tools/go/gcexportdata"

	"github.com/goray/goray/kernel/lang/overlay"
	"github.com/goray/goray/kernel/lang/typedata"
)

// bundle writes the type data of pkgs, in the format that kernel/lang/typedata reads.
func bundle(pkgs []*types.Package) ([]byte, error) {
	var table, data bytes.Buffer
	for _, p := range pkgs {
		var raw bytes.Buffer
		// An empty file set: positions resolve to nothing, and so do not make the output differ
		// between machines.
		if err := gcexportdata.Write(&raw, token.NewFileSet(), p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path(), err)
		}
		needs, err := overlaid(raw.Bytes(), p.Path())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Path(), err)
		}
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(raw.Bytes()); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		text(&table, p.Path())
		number(&table, raw.Len())
		number(&table, packed.Len())
		number(&table, len(needs))
		for _, n := range needs {
			text(&table, n)
		}
		data.Write(packed.Bytes())
	}
	var f bytes.Buffer
	f.WriteString(typedata.Magic + runtime.Version() + "\n")
	number(&f, len(pkgs))
	number(&f, table.Len())
	f.Write(table.Bytes())
	f.Write(data.Bytes())
	return f.Bytes(), nil
}

// overlaid lists the packages with overlay source that the data refers to: their objects must
// exist before the data is decoded, or it would bring its own.
func overlaid(raw []byte, path string) ([]string, error) {
	p, err := gcexportdata.Read(bytes.NewReader(raw), token.NewFileSet(), map[string]*types.Package{}, path)
	if err != nil {
		return nil, err
	}
	var l []string
	for _, i := range p.Imports() {
		if overlay.Has(i.Path()) {
			l = append(l, i.Path())
		}
	}
	slices.Sort(l)
	return l, nil
}

func number(b *bytes.Buffer, n int) { b.Write(binary.AppendUvarint(nil, uint64(n))) }

func text(b *bytes.Buffer, s string) {
	number(b, len(s))
	b.WriteString(s)
}
