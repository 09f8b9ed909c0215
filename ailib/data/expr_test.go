package data

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

func TestExpr(t *testing.T) {
	at := time.Date(2024, 1, 1, 23, 59, 58, 500e6, time.UTC) // a Monday
	later := at.Add(90 * time.Second)
	type row struct {
		A int
		B *float64
		S *string
		T time.Time
		U time.Time
		I int32
	}
	half, word := 0.5, "x"
	ds := FromItems([]row{{1, &half, &word, at, later, 7}, {2, nil, nil, later, at, -7}})
	for _, x := range []struct {
		e    Expr
		want string
	}{
		{Col("a").Add(1), "[2 3]"},
		{Col("a").Mul(Col("i")), "[7 -14]"},
		{Col("i").Sub(0.5), "[6.5 -7.5]"},
		{Col("a").Div(0), "[+Inf +Inf]"},
		{Col("a").Div(4), "[0.25 0.5]"},
		{Col("b").Add(Col("a")), "[1.5 <nil>]"},
		{Col("a").Gt(1), "[false true]"},
		{Col("a").Le(1.5), "[true false]"},
		{Col("b").Eq(0.5), "[true <nil>]"},
		{Col("b").Eq(0.5).Or(true), "[true true]"},
		{Col("b").Gt(0).And(false), "[false false]"},
		{Col("a").Eq(1).Not(), "[false true]"},
		{Col("s").Eq("x"), "[true <nil>]"},
		{Col("s").IsNull(), "[false true]"},
		{Col("s").IsNotNull(), "[true false]"},
		{Col("b").FillNull(9), "[0.5 9]"},
		{When(Col("b").Gt(0), "yes", "no"), "[yes no]"},
		{Col("i").Abs(), "[7 7]"},
		{Col("a").Sqrt(), fmt.Sprint([]any{1.0, math.Sqrt2})},
		{Col("b").Ln(), fmt.Sprint([]any{math.Log(0.5), nil})},
		{Col("t").Hour(), "[23 0]"},
		{Col("t").Weekday(), "[0 1]"},
		{Col("t").Day(), "[1 2]"},
		{Col("t").Month(), "[1 1]"},
		{Col("t").Year(), "[2024 2024]"},
		{Col("u").Sub(Col("t")).Seconds(), "[90 -90]"},
		{Col("u").Sub(Col("t")), "[1m30s -1m30s]"},
		{Col("t").Lt(Col("u")), "[true false]"},
		{Col("t").Ge(later), "[false true]"},
		{Col("u").Sub(Col("t")).Gt(time.Minute), "[true false]"},
		{Col("i").Cast("string"), "[7 -7]"},
		{Col("i").Cast("float64"), "[7 -7]"},
		{Lit(nil).IsNull(), "[true true]"},
		{Lit("c"), "[c c]"},
	} {
		rows, err := ds.WithColumn("out", x.e).TakeAll()
		if err != nil {
			t.Errorf("%s: %v", x.e, err)
			continue
		}
		if got := fmt.Sprint([]any{rows[0]["out"], rows[1]["out"]}); got != x.want {
			t.Errorf("%s is %s, want %s", x.e, got, x.want)
		}
		promised := must[*Schema](t)(ds.WithColumn("out", x.e).Schema()).Type("out")
		if got := must[Batch](t)(ds.WithColumn("out", x.e).TakeBatch(2)).Schema().Type("out"); got != promised {
			t.Errorf("%s is promised as %s and comes as %s", x.e, promised, got)
		}
	}
	big := FromItems([]int64{math.MaxInt64})
	for _, e := range []Expr{Col("item").Add(1), Col("item").Mul(2), Lit(math.MinInt64).Sub(Col("item"))} {
		if _, err := big.WithColumn("x", e).TakeAll(); !errors.Is(err, ErrOverflow) {
			t.Errorf("%s: %v", e, err)
		}
	}
	if got := Col("tip").Div(Col("fare")).Gt(0.2).And(Col("n").IsNotNull()).String(); got != `(((col("tip") / col("fare")) > 0.2) and not(is_null(col("n"))))` {
		t.Error(got)
	}
}
