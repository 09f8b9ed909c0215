package serve

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"

	"github.com/goray/goray/runtime/ray"
)

// Predictor answers records with predictions, one each and in their order.
type Predictor interface {
	PredictRecords(records []map[string]any) ([]map[string]any, error)
}

// Field is a field that every record must have. Kind is "number" (the default), "integer",
// "string" or "bool".
type Field struct {
	Name     string
	Kind     string
	Optional bool
}

// PredictorDeployment serves a model: POST one JSON record or an array of them, get one prediction
// or an array.
type PredictorDeployment struct {
	Name        string // default: the name of Load
	NumReplicas int    // default: 1
	RoutePrefix string // default: "/" + Name
	MaxOngoing  int    // default: 5
	// Load runs once in each replica: func([ctx,] args…) (P[, error]) where P is a Predictor. The
	// arguments are those of Bind, such as a checkpoint.
	Load any
	// Fields are what records must have. Default: what the predictor's method InputFields()
	// []string names, as numbers; without it records are not checked.
	Fields  []Field
	Options []ray.Option
}

// Bind gives Load its arguments.
func (d PredictorDeployment) Bind(args ...any) Application {
	return Deployment{Name: d.Name, Handler: d.Load, NumReplicas: d.NumReplicas, RoutePrefix: d.RoutePrefix,
		MaxOngoing: d.MaxOngoing, Options: d.Options, fields: d.Fields, construct: true}.Bind(args...)
}

// inputFielder is a Predictor that knows which numbers it needs.
type inputFielder interface{ InputFields() []string }

func fieldsOf(p Predictor, declared []Field) []Field {
	if declared != nil {
		return declared
	}
	var fields []Field
	if f, ok := p.(inputFielder); ok {
		for _, name := range f.InputFields() {
			fields = append(fields, Field{Name: name})
		}
	}
	return fields
}

// predict is the HTTP side of a Predictor.
func predict(p Predictor, fields []Field, r *Request) (any, error) {
	records, single, err := decodeRecords(r.Body, fields)
	if err != nil {
		return nil, err
	}
	out, err := p.PredictRecords(records)
	if err != nil {
		return nil, err
	}
	if len(out) != len(records) {
		return nil, Errorf(http.StatusInternalServerError, "the predictor returned %d predictions for %d records; it must return one each", len(out), len(records))
	}
	if single {
		return out[0], nil
	}
	if out == nil {
		out = []map[string]any{}
	}
	return out, nil
}

func decodeRecords(body []byte, fields []Field) (records []map[string]any, single bool, err error) {
	if first(body) == 0 {
		return nil, false, Errorf(http.StatusBadRequest, "the body is empty; send a JSON record or an array of them")
	}
	if err := checkSyntax(body); err != nil {
		return nil, false, err
	}
	switch first(body) {
	case '{':
		single = true
		body = slices.Concat([]byte{'['}, body, []byte{']'})
	case '[':
	default:
		return nil, false, mistyped("", -1, "is %s, not a record or an array of records", clip(body))
	}
	var items []json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil {
		return nil, false, Errorf(http.StatusBadRequest, "%v", err)
	}
	records = make([]map[string]any, len(items))
	for i, item := range items {
		at := i
		if single {
			at = -1
		}
		if first(item) != '{' || json.Unmarshal(item, &records[i]) != nil {
			return nil, false, mistyped("", at, "is %s, not a record", clip(item))
		}
		if err := checkRecord(records[i], fields, at); err != nil {
			return nil, false, err
		}
	}
	return records, single, nil
}

func checkRecord(record map[string]any, fields []Field, at int) error {
	for _, f := range fields {
		v, ok := record[f.Name]
		if !ok || v == nil {
			if f.Optional {
				continue
			}
			if ok {
				return mistyped(f.Name, at, "is null; it must be %s", f.text())
			}
			return missing(f.Name, at, record)
		}
		if !f.takes(v) {
			raw, _ := json.Marshal(v)
			return mistyped(f.Name, at, "is %s; it must be %s", clip(raw), f.text())
		}
	}
	return nil
}

func (f Field) takes(v any) bool {
	switch x := v.(type) {
	case float64:
		return f.Kind == "" || f.Kind == "number" || f.Kind == "integer" && x == math.Trunc(x)
	case string:
		return f.Kind == "string"
	case bool:
		return f.Kind == "bool"
	}
	return false
}

func (f Field) text() string {
	switch f.Kind {
	case "", "number":
		return "a number"
	case "integer":
		return "a whole number"
	case "bool":
		return "true or false"
	}
	return "a " + f.Kind
}
