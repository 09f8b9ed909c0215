package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

// renew puts a new engine into the place of the old one; plugins go on.
func (l *Local) renew() error {
	old := l.Engine()
	if err := l.newEngine(); err != nil {
		return err
	}
	err := old.Close()
	for _, p := range l.cfg.Plugins {
		if startErr := p.Start(l); startErr != nil {
			err = errors.Join(err, fmt.Errorf("session: %s does not start: %w", p.Name(), startErr))
		}
	}
	return err
}

// goBack makes the session what it was at an image. What has no value there, but is the same
// variable still and was not assigned in the cells since, stays as it is.
func (l *Local) goBack(ctx context.Context, im *image) (revival, error) {
	kept := map[string]engine.Variable{}
	l.keep.mu.Lock()
	for _, v := range ofCells(l.Engine().Variables()) {
		if l.keep.changed[v.Name] <= im.Cell {
			kept[v.Name] = v
		}
	}
	l.keep.mu.Unlock()
	if err := l.renew(); err != nil {
		return revival{}, err
	}
	return l.rebuild(ctx, im, kept), nil
}

// rebuild gives a new engine the declarations of an image and its variables.
func (l *Local) rebuild(ctx context.Context, im *image, kept map[string]engine.Variable) (r revival) {
	b := &rebuilding{l: l, ctx: ctx, im: im, kept: kept}
	b.declare()
	wrong, err := b.values()
	if err != nil {
		// Half of the values may be in place: begin anew without any.
		bare := &image{Cell: im.Cell, Cells: im.Cells, Variables: slices.Clone(im.Variables)}
		for i := range bare.Variables {
			if v := &bare.Variables[i]; v.Why == "" && !v.Repeat {
				v.Why = err.Error()
			}
		}
		if err := l.renew(); err != nil {
			fmt.Println(err)
		}
		b = &rebuilding{l: l, ctx: ctx, im: bare, kept: kept}
		b.declare()
		wrong, _ = b.values()
	}
	r = b.revival(wrong)
	k := &l.keep
	k.mu.Lock()
	k.decls.cells, k.anew = r.Cells, true
	k.last, k.now = im.Cell, nil
	k.mu.Unlock()
	return r
}

type rebuilding struct {
	l     *Local
	ctx   context.Context
	im    *image
	kept  map[string]engine.Variable
	done  []declaring
	left  []pending // what did not compile so far
	moved map[string]bool
}

// pending is a declaration that needs something that is not there yet, or never will be.
type pending struct {
	cell     declaring // with one span, or none for a variable
	variable *saved
	err      error
}

// declare goes through the cells in their order, so that each name means what it meant there.
func (b *rebuilding) declare() {
	byCell := map[int][]declaring{}
	numbers := map[int]bool{}
	for _, c := range b.im.Cells {
		if c.Spans = b.valid(c); len(c.Spans) > 0 {
			byCell[c.Number] = append(byCell[c.Number], c)
			numbers[c.Number] = true
		}
	}
	variables := map[int][]saved{}
	for _, v := range b.im.Variables {
		if b.comesBack(v) {
			variables[v.Cell] = append(variables[v.Cell], v)
			numbers[v.Cell] = true
		}
	}
	for _, n := range slices.Sorted(maps.Keys(numbers)) {
		b.cell(n, byCell[n], variables[n])
	}
	for {
		left := b.left
		b.left = nil
		for _, p := range left {
			b.one(p)
		}
		if len(b.left) == len(left) {
			return
		}
	}
}

// valid leaves out the statements whose variables have other values by now.
func (b *rebuilding) valid(c declaring) (spans []span) {
	for _, s := range c.Spans {
		if s.Variable == "" || slices.ContainsFunc(b.im.Variables, func(v saved) bool { return v.Repeat && v.Name == s.Variable && v.Cell == c.Number }) {
			spans = append(spans, s)
		}
	}
	return spans
}

func (b *rebuilding) comesBack(v saved) bool {
	if v.Repeat || v.Type == "" {
		return false
	}
	k, ok := b.kept[v.Name]
	return v.Why == "" || ok && k.Cell == v.Cell && k.Value.IsValid()
}

// cell declares at once what one cell declared, or, when that does not compile, one by one.
func (b *rebuilding) cell(number int, parts []declaring, variables []saved) {
	var vars strings.Builder
	for _, v := range variables {
		vars.WriteString("\n" + v.declaration())
	}
	if len(parts) == 0 {
		parts = []declaring{{Number: number}}
	}
	for i, c := range parts {
		source := only(c.Source, c.Spans...)
		if i == 0 {
			source += vars.String()
		}
		if b.run(number, source, c.Source) == nil {
			if len(c.Spans) > 0 {
				b.done = append(b.done, c)
			}
			continue
		}
		if i == 0 {
			for _, v := range variables {
				b.one(pending{cell: declaring{Number: number}, variable: &v})
			}
		}
		for _, s := range c.Spans {
			b.one(pending{cell: declaring{number, c.Source, []span{s}}})
		}
	}
}

func (b *rebuilding) one(p pending) {
	source := only(p.cell.Source, p.cell.Spans...)
	if p.variable != nil {
		source = p.variable.declaration()
	}
	if p.err = b.run(p.cell.Number, source, p.cell.Source); p.err != nil {
		b.left = append(b.left, p)
	} else if p.variable == nil {
		b.done = append(b.done, p.cell)
	}
}

// run executes a part of the whole source of a cell, by which a debugger knows it.
func (b *rebuilding) run(number int, source, whole string) error {
	var out Outcome
	b.l.code(b.ctx, engine.Cell{Number: number, Source: source, Path: debugPath(whole)}, &out)
	return out.Err
}

// values puts the values in place.
func (b *rebuilding) values() (wrong []Loss, err error) {
	places := map[string]reflect.Value{}
	b.moved = map[string]bool{}
	for _, v := range b.l.Engine().Variables() {
		places[v.Name] = v.Value
	}
	for _, v := range b.im.Variables {
		if v.Why == "" || !b.comesBack(v) {
			continue
		}
		from, to := b.kept[v.Name].Value, places[v.Name]
		if to.IsValid() && to.CanSet() && from.Type().ConvertibleTo(to.Type()) && from.Kind() == to.Kind() {
			to.Set(from.Convert(to.Type()))
			b.moved[v.Name] = true
		}
	}
	s := b.l.snapshotter()
	if s == nil {
		return nil, nil
	}
	return b.im.read(s, places)
}

// revival sums up.
func (b *rebuilding) revival(wrong []Loss) (r revival) {
	lost := map[string]string{}
	for _, w := range wrong {
		lost[w.Name] = w.Why
	}
	for _, p := range b.left {
		why := firstLine(p.err)
		if p.variable != nil {
			lost[p.variable.Name] = "its type cannot be declared again: " + why
			continue
		}
		s := p.cell.Spans[0]
		if s.Variable != "" {
			lost[s.Variable] = why
			continue
		}
		r.Lost = append(r.Lost, Loss{nameOf(p.cell.Source[s.Start:s.End]), why})
	}
	for _, v := range b.im.Variables {
		why, isLost := lost[v.Name]
		switch {
		case b.moved[v.Name]:
			r.Kept = append(r.Kept, v.Name)
		case v.Why != "":
			r.Lost = append(r.Lost, Loss{v.Name, v.Why})
		case isLost:
			r.Lost = append(r.Lost, Loss{v.Name, why})
		default:
			r.Restored = append(r.Restored, v.Name)
		}
	}
	slices.SortStableFunc(b.done, func(x, y declaring) int { return x.Number - y.Number })
	r.Cells, r.AsOf = b.done, b.im.Cell
	return r
}

func firstLine(err error) string {
	var compile *engine.CompileError
	if errors.As(err, &compile) && len(compile.Diagnostics) > 0 {
		return compile.Diagnostics[0].Message
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
