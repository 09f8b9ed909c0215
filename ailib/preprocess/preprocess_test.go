package preprocess

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"

	"github.com/goray/goray/ailib/data"
)

// table is a dataset of one float column x with a null (NaN here) where v is nil.
func table(values ...any) *data.Dataset {
	rows := make([]map[string]any, len(values))
	for i, v := range values {
		rows[i] = map[string]any{"x": v}
	}
	return data.FromItems(rows)
}

func rows(t *testing.T, ds *data.Dataset) string {
	t.Helper()
	all, err := ds.TakeAll()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(all)
}

func TestValues(t *testing.T) {
	two := data.FromItems([]map[string]any{{"a": 3, "b": 4.0}, {"a": 0, "b": 0.0}, {"a": nil, "b": 1.0}})
	letters := table("z", "x", "y", nil, "x")
	for _, c := range []struct {
		name string
		p    Preprocessor
		in   *data.Dataset
		want string
	}{
		{"min-max", NewMinMaxScaler("x"), table(1, 2, 3, 4), `[{"x":0} {"x":0.3333333333333333} {"x":0.6666666666666666} {"x":1}]`},
		{"min-max of a constant, null kept", NewMinMaxScaler("x"), table(7, nil, 7), `[{"x":0} {"x":null} {"x":0}]`},
		{"min-max of nulls", NewMinMaxScaler("x"), table(nil, nil).WithColumn("x", data.Col("x").Cast("float64")), `[{"x":null} {"x":null}]`},
		{"standard", NewStandardScaler("x"), table(1.0, 3.0), `[{"x":-1} {"x":1}]`},
		{"standard of a constant", NewStandardScaler("x"), table(0.1, 0.1, 0.1), `[{"x":0} {"x":0} {"x":0}]`},
		{"max-abs", NewMaxAbsScaler("x"), table(-6, 3), `[{"x":-1} {"x":0.5}]`},
		{"max-abs of zeros", NewMaxAbsScaler("x"), table(0, 0), `[{"x":0} {"x":0}]`},
		{"normalizer", NewNormalizer("a", "b"), two, `[{"a":0.6,"b":0.8} {"a":0,"b":0} {"a":null,"b":null}]`},
		{"normalizer l1", &Normalizer{Columns: []string{"a", "b"}, Norm: "l1"}, two.Limit(1), `[{"a":0.42857142857142855,"b":0.5714285714285714}]`},
		{"normalizer max", &Normalizer{Columns: []string{"a", "b"}, Norm: "max"}, two.Limit(1), `[{"a":0.75,"b":1}]`},
		{"yeo-johnson", NewPowerTransformer(0.5, "x"), table(3, -1, 0), `[{"x":2} {"x":-1.21895141649746} {"x":0}]`},
		{"box-cox", &PowerTransformer{Columns: []string{"x"}, Power: 0.5, Method: "box-cox"}, table(4.0, 0.0, -1.0), `[{"x":2} {"x":-2} {"x":"NaN"}]`},
		{"impute mean", NewSimpleImputer("mean", "x"), table(1, nil, 3), `[{"x":1} {"x":2} {"x":3}]`},
		{"impute most frequent, ties to the smaller", NewSimpleImputer("most_frequent", "x"), table("b", "a", "b", "a", nil), `[{"x":"b"} {"x":"a"} {"x":"b"} {"x":"a"} {"x":"a"}]`},
		{"impute constant", &SimpleImputer{Columns: []string{"x"}, Strategy: "constant", Value: 9}, table(1, nil), `[{"x":1} {"x":9}]`},
		{"labels", NewLabelEncoder("x"), letters, `[{"x":2} {"x":0} {"x":1} {"x":null} {"x":0}]`},
		{"one-hot", NewOneHotEncoder("x"), letters.Limit(4), `[{"x_x":0,"x_y":0,"x_z":1} {"x_x":1,"x_y":0,"x_z":0} {"x_x":0,"x_y":1,"x_z":0} {"x_x":0,"x_y":0,"x_z":0}]`},
		{"one-hot, the most frequent", &OneHotEncoder{Columns: []string{"x"}, MaxCategories: 1}, letters, `[{"x_x":0} {"x_x":1} {"x_x":0} {"x_x":0} {"x_x":1}]`},
		{"concatenator", NewConcatenator("v", "a", "b"), two, `[{"v":[3,4]} {"v":[0,0]} {"v":["NaN",1]}]`},
		{"chain", NewChain(NewSimpleImputer("mean", "x"), NewMinMaxScaler("x")), table(0, nil, 10), `[{"x":0} {"x":0.5} {"x":1}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll(c.want, `["NaN",1]`, `"[NaN 1]"`)
			if got := rows(t, c.p.FitTransform(c.in)); got != want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
			// The schema that is promised is the one that comes.
			promised, err := c.p.Transform(c.in).Schema()
			if err != nil {
				t.Fatal(err)
			}
			batch, err := c.p.Transform(c.in).TakeBatch(100)
			if err != nil {
				t.Fatal(err)
			}
			if got := batch.Schema(); got.String() != promised.String() {
				t.Errorf("promised\n%s, came\n%s", promised, got)
			}
			// From JSON, in a process that has not seen the training data.
			raw, err := Marshal(c.p)
			if err != nil {
				t.Fatal(err)
			}
			restored, err := Unmarshal(raw)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(fixNaN(restored), fixNaN(c.p)) && Kind(c.p) != "simple_imputer" {
				t.Errorf("restored %+v, want %+v", restored, c.p)
			}
			if got := rows(t, restored.Transform(c.in)); got != want {
				t.Errorf("restored: %s", got)
			}
			in, err := c.in.TakeBatch(100)
			if err != nil {
				t.Fatal(err)
			}
			out, err := restored.TransformBatch(in)
			if err != nil || out.String() != batch.String() {
				t.Errorf("one batch: %v\n%s, want\n%s", err, out, batch)
			}
		})
	}
}

// fixNaN makes NaN equal to itself for the comparison.
func fixNaN(p Preprocessor) Preprocessor {
	if s, ok := p.(*MinMaxScaler); ok && math.IsNaN(float64(s.Min["x"])) {
		return NewMinMaxScaler("x")
	}
	return p
}

func TestBreastCancer(t *testing.T) {
	names := make([]string, 31)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
	}
	names[0], names[1] = "mean radius", "mean texture"
	ds := data.ReadCSVWith(data.CSVOptions{SkipLines: 1, NoHeader: true, Columns: names}, ailibtest.File(t, "small/breast_cancer.csv"))
	train, valid, err := ds.TrainTestSplit(0.2)
	if err != nil {
		t.Fatal(err)
	}
	s := NewStandardScaler("mean radius", "mean texture")
	scaled := s.FitTransform(train)
	row, err := scaled.Aggregate(data.Mean("mean radius"), data.StdDDOF("mean radius", 0))
	if err != nil {
		t.Fatal(err)
	}
	if mean, std := row["mean(mean radius)"].(float64), row["std(mean radius)"].(float64); math.Abs(mean) > 1e-9 || math.Abs(std-1) > 1e-9 {
		t.Error(row)
	}
	got := fmt.Sprintf("%.6f %.6f %.6f %.6f", s.Mean["mean radius"], s.Std["mean radius"], s.Mean["mean texture"], s.Std["mean texture"])
	if got != "14.235347 3.497281 18.989495 4.078267" {
		t.Error(got)
	}
	// What is done with validation data does not change what was learned.
	before := fmt.Sprint(s.Mean, s.Std)
	if _, err := s.Transform(valid).Count(); err != nil || fmt.Sprint(s.Mean, s.Std) != before {
		t.Error(err, s)
	}
	for _, blocks := range []int{1, 4} {
		again := NewStandardScaler("mean radius", "mean texture")
		if err := again.Fit(train.Repartition(blocks)); err != nil {
			t.Fatal(err)
		}
		for _, c := range again.Columns {
			if d := math.Abs(float64(again.Std[c] - s.Std[c])); d > 1e-12 {
				t.Errorf("%d blocks: std of %s differs by %g", blocks, c, d)
			}
		}
	}
}

func TestRealColumns(t *testing.T) {
	housing := data.ReadCSV(ailibtest.File(t, "california/housing.csv"))
	filled := NewSimpleImputer("mean", "total_bedrooms").FitTransform(housing)
	row, err := filled.Aggregate(data.NullsOf("total_bedrooms"), data.CountOf("total_bedrooms"))
	if err != nil || row.String() != `{"count(total_bedrooms)":20640,"null_count(total_bedrooms)":0}` {
		t.Error(row, err)
	}
	titanic := data.ReadCSV(ailibtest.File(t, "small/titanic.csv"))
	ports := NewOneHotEncoder("embarked").FitTransform(titanic).SelectColumns("embarked_C", "embarked_Q", "embarked_S")
	row, err = ports.Aggregate(data.Sum("embarked_C"), data.Sum("embarked_Q"), data.Sum("embarked_S"))
	if err != nil || row.String() != `{"sum(embarked_C)":168,"sum(embarked_Q)":77,"sum(embarked_S)":644}` {
		t.Error(row, err)
	}
	enc := NewLabelEncoder("sex")
	codes := enc.FitTransform(titanic)
	back := enc.InverseTransform(codes)
	if a, b := rows(t, titanic.SelectColumns("sex")), rows(t, back.SelectColumns("sex")); a != b {
		t.Error("the way back gives other labels")
	}
}

func TestMistakes(t *testing.T) {
	ds := data.FromItems([]map[string]any{{"fare_amount": 1.5, "name": "x"}})
	for name, p := range map[string]Preprocessor{
		"min-max": NewMinMaxScaler("fare_amount"), "standard": NewStandardScaler("fare_amount"), "max-abs": NewMaxAbsScaler("fare_amount"),
		"imputer": NewSimpleImputer("mean", "fare_amount"), "labels": NewLabelEncoder("name"), "one-hot": NewOneHotEncoder("name"),
		"chain": NewChain(NewMinMaxScaler("fare_amount")),
	} {
		if _, err := p.Transform(ds).Count(); !errors.Is(err, ErrNotFitted) {
			t.Errorf("%s: Transform before Fit: %v", name, err)
		}
		if _, err := p.TransformBatch(data.NewBatch()); !errors.Is(err, ErrNotFitted) {
			t.Errorf("%s: TransformBatch before Fit: %v", name, err)
		}
	}
	for _, x := range []struct {
		p    Preprocessor
		is   error
		says string
	}{
		{NewMinMaxScaler("fare_amout"), data.ErrColumn, `did you mean "fare_amount"?`},
		{NewStandardScaler("name"), data.ErrType, "string"},
		{NewMinMaxScaler("name"), nil, "is text"},
		{NewMinMaxScaler(), nil, "no columns"},
		{NewMinMaxScaler("fare_amount", "fare_amount"), nil, "twice"},
		{NewOneHotEncoder("nam"), data.ErrColumn, `did you mean "name"?`},
		{NewSimpleImputer("median", "fare_amount"), nil, `unknown strategy "median"`},
		{&Normalizer{Columns: []string{"fare_amount"}, Norm: "l3"}, nil, `unknown norm "l3"`},
		{&PowerTransformer{Columns: []string{"fare_amount"}, Method: "log"}, nil, `unknown method "log"`},
		{NewChain(), nil, "no stages"},
	} {
		err := x.p.Fit(ds)
		if err == nil || x.is != nil && !errors.Is(err, x.is) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.p, err)
		}
	}
	p := NewMinMaxScaler("fare_amount")
	if err := p.Fit(ds); err != nil {
		t.Fatal(err)
	}
	other := data.FromItems([]map[string]any{{"fare_amoun": 1.5}})
	if err := p.Transform(other).Err(); !errors.Is(err, data.ErrColumn) || !strings.Contains(err.Error(), `"fare_amoun"`) {
		t.Error(err)
	}
	if err := NewSimpleImputer("mean", "x").Fit(table(nil, nil)); err == nil || !strings.Contains(err.Error(), "only nulls") {
		t.Error(err)
	}
	if _, err := Unmarshal([]byte(`{"kind":"nope"}`)); err == nil || !strings.Contains(err.Error(), "Register") {
		t.Error(err)
	}
}
