package session

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goray/goray/kernel/engine"
)

func (s *debugServer) source(_ context.Context, a struct {
	Source sourceRef `json:"source"`
}) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src, ok := s.sources[a.Source.Path]
	if !ok {
		return nil, errors.New("source unavailable: no cell with it has run or was dumped")
	}
	return map[string]any{"content": src.text, "mimeType": "text/x-go"}, nil
}

// modules are the cells.
func (s *debugServer) modules(_ context.Context, a struct {
	Start int `json:"startModule"`
	Count int `json:"moduleCount"`
}) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []map[string]any{}
	paths := sortedKeys(s.sources)
	for i := max(a.Start, 0); i < len(paths) && (a.Count <= 0 || len(out) < a.Count); i++ {
		out = append(out, map[string]any{"id": i, "name": s.sources[paths[i]].name, "path": paths[i]})
	}
	return map[string]any{"modules": out, "totalModules": len(paths)}, nil
}

func (s *debugServer) threads(context.Context, nothing) (any, error) {
	out := []map[string]any{}
	for _, t := range s.debugging().Threads() {
		out = append(out, map[string]any{"id": t.ID, "name": t.Name})
	}
	return map[string]any{"threads": out}, nil
}

// framesAtMost bounds what a client gets at once of a deep recursion.
const framesAtMost = 500

func (s *debugServer) stackTrace(_ context.Context, a struct {
	Thread int `json:"threadId"`
	Start  int `json:"startFrame"`
	Levels int `json:"levels"`
}) (any, error) {
	stack, err := s.debugging().Stack(a.Thread)
	if err != nil {
		return nil, err
	}
	if a.Levels <= 0 || a.Levels > framesAtMost {
		a.Levels = framesAtMost
	}
	out := []map[string]any{}
	for i := max(a.Start, 0); i < len(stack) && len(out) < a.Levels; i++ {
		p := stack[i].Place()
		f := map[string]any{"name": p.Function, "line": p.Line, "column": p.Column, "presentationHint": "normal"}
		if p.Top {
			f["name"] = p.Cell
		}
		if p.Path != "" {
			s.mu.Lock()
			f["source"] = sourceRef{s.sources[p.Path].name, p.Path}
			s.mu.Unlock()
		} else if p.Cell == "" {
			f["line"], f["column"], f["presentationHint"] = 0, 0, "subtle"
		}
		n := s.number()
		s.frames[n] = debugCall{a.Thread, stack[i]}
		f["id"] = n
		out = append(out, f)
	}
	return map[string]any{"stackFrames": out, "totalFrames": len(stack)}, nil
}

// frame is a call that a client names; 0 is the session.
func (s *debugServer) frame(id int) (engine.DebugFrame, error) {
	if id == 0 {
		return nil, nil
	}
	c, ok := s.frames[id]
	if !ok {
		return nil, fmt.Errorf("there is no frame %d any more; ask for stackTrace again", id)
	}
	return c.frame, nil
}

type frameArgs struct {
	Frame int `json:"frameId"`
}

func (s *debugServer) scopes(_ context.Context, a frameArgs) (any, error) {
	f, err := s.frame(a.Frame)
	if err != nil || f == nil {
		return nil, errors.Join(err, errors.New("scopes: the request names no frame"))
	}
	locals := func() []debugChild {
		vars, _ := f.Variables()
		var out []debugChild
		for _, v := range vars {
			if v.Name != "_" {
				out = append(out, asChild(v))
			}
		}
		if p := f.Place(); p.Top { // what the statements of a cell declare belongs to the session
			for _, v := range s.local.Engine().Variables() {
				if fmt.Sprintf("In[%d]", v.Cell) == p.Cell {
					out = append(out, asChild(v))
				}
			}
		}
		return out
	}
	return map[string]any{"scopes": []map[string]any{
		{"name": "Locals", "presentationHint": "locals", "variablesReference": s.refer(debugRef{frame: f, scope: locals}), "expensive": false},
		{"name": "Globals", "presentationHint": "globals", "variablesReference": s.refer(debugRef{scope: s.session}), "expensive": false},
	}}, nil
}

// session lists the session's variables.
func (s *debugServer) session() (out []debugChild) {
	for _, v := range ofCells(s.local.Engine().Variables()) {
		out = append(out, asChild(v))
	}
	return out
}

func asChild(v engine.Variable) debugChild {
	return debugChild{name: v.Name, expr: v.Name, value: v.Value, typ: strings.ReplaceAll(v.Type, "main.", "")}
}

func (s *debugServer) refer(r debugRef) int {
	s.referring.Lock()
	defer s.referring.Unlock()
	s.last++
	s.refs[s.last] = r
	return s.last
}

// number is one that no reference and no frame has.
func (s *debugServer) number() int {
	s.referring.Lock()
	defer s.referring.Unlock()
	s.last++
	return s.last
}

func (s *debugServer) referred(n int) (debugRef, error) {
	s.referring.Lock()
	defer s.referring.Unlock()
	r, ok := s.refs[n]
	if !ok {
		return r, fmt.Errorf("there are no variables %d any more; ask for scopes again", n)
	}
	return r, nil
}

// describe writes a part of a value for a client. While cells run that are not stopped, maps are
// not looked into: they may be written to at this moment, which ends the process.
func (s *debugServer) describe(frame engine.DebugFrame, c debugChild) map[string]any {
	out := map[string]any{"name": c.name, "type": c.typ, "variablesReference": 0}
	if c.expr != "" {
		out["evaluateName"] = c.expr
	}
	if !s.still() && hasMap(c.value.Type(), 0) {
		out["value"] = c.typ + " (a cell runs)"
		return out
	}
	out["value"] = preview(c.value)
	if named, indexed := counts(c.value); named+indexed > 0 {
		out["variablesReference"] = s.refer(debugRef{frame: frame, value: c})
		if indexed > 0 {
			out["indexedVariables"] = indexed
		} else {
			out["namedVariables"] = named
		}
	}
	return out
}

// still says whether no cell runs, or one is stopped.
func (s *debugServer) still() bool {
	s.mu.Lock()
	stopped := len(s.stopped)
	s.mu.Unlock()
	s.local.mu.Lock()
	defer s.local.mu.Unlock()
	return s.local.now == nil || stopped > 0
}

// hasMap says whether a value of a type may hold a map.
func hasMap(t reflect.Type, depth int) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return depth > 3 || hasMap(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			if depth > 3 || hasMap(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

// look runs f, which reads values, so that nothing that it calls stops.
func (s *debugServer) look(ctx context.Context, f func()) error {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	if d := s.debugging(); d != nil {
		if err := d.Quietly(ctx, f); err != nil {
			return fmt.Errorf("the values cannot be read: %w", err)
		}
		return nil
	}
	f()
	return nil
}

func (s *debugServer) variables(ctx context.Context, a struct {
	Reference int    `json:"variablesReference"`
	Filter    string `json:"filter"`
	Start     int    `json:"start"`
	Count     int    `json:"count"`
}) (any, error) {
	ref, err := s.referred(a.Reference)
	if err != nil {
		return nil, err
	}
	out := []map[string]any{}
	if err := s.look(ctx, func() {
		for _, c := range s.parts(ref, a.Filter, a.Start, a.Count) {
			out = append(out, s.describe(ref.frame, c))
		}
	}); err != nil { // who writes to out may still do
		return nil, err
	}
	return map[string]any{"variables": out}, nil
}

func (s *debugServer) parts(ref debugRef, filter string, start, count int) []debugChild {
	if ref.scope == nil {
		named, indexed := counts(ref.value.value)
		if filter == "indexed" && indexed == 0 || filter == "named" && named == 0 {
			return nil
		}
		return children(ref.value.value, ref.value.expr, start, count)
	}
	all := ref.scope()
	if filter == "indexed" {
		return nil
	}
	all = all[min(start, len(all)):]
	if count > 0 {
		all = all[:min(count, len(all))]
	}
	return all
}

func (s *debugServer) inspectVariables(ctx context.Context, _ nothing) (any, error) {
	out := []map[string]any{}
	if err := s.look(ctx, func() {
		for _, c := range s.session() {
			out = append(out, s.describe(nil, c))
		}
	}); err != nil {
		return nil, err
	}
	return map[string]any{"variables": out}, nil
}
