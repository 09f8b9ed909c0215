package session

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"reflect"
	"strings"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// evaluated evaluates an expression of one value, or of none.
func (s *debugServer) evaluated(ctx context.Context, frame engine.DebugFrame, expr string) (c debugChild, ok bool, err error) {
	vs, err := s.debugging().Evaluate(ctx, frame, expr)
	switch {
	case err != nil:
		return c, false, err
	case len(vs) == 0:
		return c, false, nil
	case len(vs) == 1:
		return debugChild{"", "", vs[0].Reflect, strings.ReplaceAll(vs[0].Type, "main.", "")}, true, nil
	}
	values := make([]any, len(vs))
	for i, v := range vs {
		if v.Reflect.IsValid() && v.Reflect.CanInterface() {
			values[i] = v.Reflect.Interface()
		}
	}
	return debugChild{"", "", reflect.ValueOf(values), "several values"}, true, nil
}

func (s *debugServer) evaluate(ctx context.Context, a struct {
	frameArgs
	Expression string `json:"expression"`
	Context    string `json:"context"`
}) (any, error) {
	frame, err := s.frame(a.Frame)
	if err != nil {
		return nil, err
	}
	if a.Context == "hover" && !selector(a.Expression) {
		return nil, errors.New("only names and fields are shown; evaluate the expression in the console")
	}
	c, ok, err := s.evaluated(ctx, frame, a.Expression)
	if err != nil || !ok {
		return map[string]any{"result": "", "variablesReference": 0}, err
	}
	if c.expr = ""; selector(a.Expression) {
		c.expr = a.Expression
	}
	return s.result(ctx, frame, c, "result")
}

// result describes a value under the key that a response has for it.
func (s *debugServer) result(ctx context.Context, frame engine.DebugFrame, c debugChild, key string) (any, error) {
	if !c.value.IsValid() {
		return map[string]any{key: "nil", "type": c.typ, "variablesReference": 0}, nil
	}
	c.value = addressable(c.value)
	var out map[string]any
	err := s.look(ctx, func() { out = s.describe(frame, c) })
	if err != nil {
		return nil, err
	}
	out[key] = out["value"]
	if key != "value" {
		delete(out, "value")
	}
	delete(out, "name")
	return out, nil
}

// selector says whether an expression calls nothing: x, x.y.
func selector(expr string) bool {
	for _, part := range strings.Split(strings.TrimSpace(expr), ".") {
		if !token.IsIdentifier(part) {
			return false
		}
	}
	return true
}

func (s *debugServer) setVariable(ctx context.Context, a struct {
	Reference int    `json:"variablesReference"`
	Name      string `json:"name"`
	Value     string `json:"value"`
}) (any, error) {
	ref, err := s.referred(a.Reference)
	if err != nil {
		return nil, err
	}
	var found debugChild
	if err := s.look(ctx, func() {
		for _, c := range s.parts(ref, "", 0, 0) {
			if c.name == a.Name {
				found = c
			}
		}
	}); err != nil {
		return nil, err
	}
	if found.expr == "" {
		return nil, fmt.Errorf("%s cannot be assigned to", a.Name)
	}
	return s.assign(ctx, ref.frame, found.expr, a.Value)
}

func (s *debugServer) setExpression(ctx context.Context, a struct {
	frameArgs
	Expression string `json:"expression"`
	Value      string `json:"value"`
}) (any, error) {
	frame, err := s.frame(a.Frame)
	if err != nil {
		return nil, err
	}
	return s.assign(ctx, frame, a.Expression, a.Value)
}

func (s *debugServer) assign(ctx context.Context, frame engine.DebugFrame, to, value string) (any, error) {
	d := s.debugging()
	if _, err := d.Evaluate(ctx, frame, to+" = "+value); err != nil {
		return nil, err
	}
	c, _, err := s.evaluated(ctx, frame, to)
	if err != nil {
		return nil, err
	}
	c.expr = to
	return s.result(ctx, frame, c, "value")
}

func (s *debugServer) richInspectVariables(ctx context.Context, a struct {
	frameArgs
	Name string `json:"variableName"`
}) (any, error) {
	frame, err := s.frame(a.Frame)
	if err != nil {
		return nil, err
	}
	var v engine.Value
	if d := s.debugging(); d != nil {
		vs, err := d.Evaluate(ctx, frame, a.Name)
		if err != nil || len(vs) != 1 {
			return nil, errors.Join(err, fmt.Errorf("%s is not one value", a.Name))
		}
		v = vs[0]
	} else {
		for _, one := range s.local.Engine().Variables() {
			if one.Name == a.Name {
				v = engine.Value{Reflect: one.Value, Type: one.Type}
			}
		}
		if v.Type == "" {
			return nil, fmt.Errorf("the session has no variable %s", a.Name)
		}
	}
	if v.Reflect.IsValid() && !s.still() && hasMap(v.Reflect.Type(), 0) {
		return nil, fmt.Errorf("%s cannot be shown while a cell runs", a.Name)
	}
	b := &display.Bundle{Data: map[string]any{display.MIMETypeText: "nil"}}
	if err := s.look(ctx, func() {
		if v.Reflect.IsValid() && v.Reflect.CanInterface() {
			if shown, ok := display.Result([]display.Value{{V: v.Reflect.Interface(), Type: v.Type}}); ok {
				b = &shown
			}
		}
	}); err != nil {
		return nil, err
	}
	shown := show("", *b)
	return map[string]any{"data": shown.Data, "metadata": shown.Metadata}, nil
}

func (s *debugServer) copyToGlobals(ctx context.Context, a struct {
	From  string `json:"srcVariableName"`
	To    string `json:"dstVariableName"`
	Frame int    `json:"srcFrameId"`
}) (any, error) {
	frame, err := s.frame(a.Frame)
	if err != nil {
		return nil, err
	}
	if !token.IsIdentifier(a.From) || !token.IsIdentifier(a.To) {
		return nil, errors.New("copyToGlobals: both names must be identifiers")
	}
	if err := s.debugging().Declare(ctx, frame, a.To, a.From); err != nil {
		return nil, err
	}
	c, _, err := s.evaluated(ctx, nil, a.To)
	if err != nil {
		return nil, err
	}
	c.expr = a.To
	return s.result(ctx, nil, c, "value")
}
