package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var (
	std   = flag.Bool("std", false, "generate the standard library's tables, type data and overlay")
	out   = flag.String("out", "", "write the symbol tables of the given packages to this file")
	pkg   = flag.String("pkg", "main", "with -out: the package clause of the file")
	name  = flag.String("var", "symbolTables", "with -out: the variable, a []engine.Package")
	data  = flag.String("types", "", "write the type data of the given packages, and of what they need besides the standard library, to this file")
	check = flag.Bool("check", false, "compare with the files instead of writing them; exit 1 when stale")
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("symgen: ")
	flag.Parse()
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	files := output{}
	if *std {
		if err := standard(files); err != nil {
			return err
		}
	}
	if *out != "" {
		w, err := load(nil, flag.Args()...)
		if err != nil {
			return err
		}
		src, err := packagesFile(*pkg, *name, w.selected(flag.Args()))
		if err != nil {
			return err
		}
		files[*out] = src
	}
	if *data != "" {
		w, err := load(nil, flag.Args()...)
		if err != nil {
			return err
		}
		if files[*data], err = bundle(w.thirdParty()); err != nil {
			return err
		}
	}
	if len(files) == 0 {
		return fmt.Errorf("nothing to do; pass -std, -out or -types (see go doc ./kernel/lang/symgen)")
	}
	if *check {
		return files.compare()
	}
	return files.write()
}

// output is what the generator makes: contents by path.
type output map[string][]byte

func (o output) paths() []string {
	var l []string
	for p := range o {
		l = append(l, p)
	}
	slices.Sort(l)
	return l
}

func (o output) write() error {
	if err := o.stale(os.Remove); err != nil {
		return err
	}
	size := 0
	for _, p := range o.paths() {
		size += len(o[p])
		if old, err := os.ReadFile(p); err == nil && bytes.Equal(old, o[p]) {
			continue // keeps the modification time, and so the build cache
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(p, o[p], 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("symgen: %d files, %d KB\n", len(o), size/1024)
	return nil
}

func (o output) compare() error {
	var bad []string
	for _, p := range o.paths() {
		if old, err := os.ReadFile(p); err != nil || !bytes.Equal(old, o[p]) {
			bad = append(bad, p)
		}
	}
	err := o.stale(func(p string) error { bad = append(bad, p+" (no longer generated)"); return nil })
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		return fmt.Errorf("out of date; run go generate ./kernel/lang/...:\n\t%s", strings.Join(bad, "\n\t"))
	}
	fmt.Println("symgen: up to date:", len(o), "files")
	return nil
}

// stale calls f for each table in the directories of the standard library's tables and types that this run
// did not make, for a package that a new Go release dropped.
func (o output) stale(f func(path string) error) error {
	if !*std {
		return nil
	}
	old, err := filepath.Glob(filepath.Join(symbolsDir(), "gen_*"))
	if err != nil {
		return err
	}
	types, err := filepath.Glob(filepath.Join(langDir(), "typedata", "gen_*"))
	if err != nil {
		return err
	}
	for _, p := range append(old, types...) {
		if _, ok := o[p]; !ok {
			if err := f(p); err != nil {
				return err
			}
		}
	}
	return nil
}
