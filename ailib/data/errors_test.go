package data

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

type pair struct {
	FareAmount float64
	Name       *string
	ID         int32
}

func pairs() *Dataset {
	return FromItems([]pair{{1, nil, 1}, {2, nil, 2}})
}

var errOwn = errors.New("own error")

// Mistakes in a chain are found while it is written, without a session's work.
func TestPlanMistakes(t *testing.T) {
	for _, x := range []struct {
		ds   *Dataset
		is   error
		says string
	}{
		{pairs().SelectColumns("fare_amout"), ErrColumn, `no column "fare_amout"; did you mean "fare_amount"?`},
		{pairs().SelectColumns("Fare_Amount"), ErrColumn, `did you mean "fare_amount"?`},
		{pairs().DropColumns("x"), ErrColumn, `the columns are "fare_amount", "name", "id"`},
		{pairs().SelectColumns("id", "id"), ErrColumn, `"id" would be there twice`},
		{pairs().RenameColumns(map[string]string{"id": "name"}), ErrColumn, `"name" would be there twice`},
		{pairs().Sort("nmae"), ErrColumn, `did you mean "name"?`},
		{pairs().Sort(), nil, "at least one column"},
		{pairs().Filter(Col("fare")), ErrColumn, `did you mean "fare_amount"?`},
		{pairs().Filter(Col("fare_amount")), ErrType, "is float64, not bool"},
		{pairs().Filter(Col("name").Gt(1)), ErrType, "does not work on string and int64"},
		{pairs().Filter(func(r Row) int { return 1 }), ErrType, "return bool"},
		{pairs().WithColumn("x", Col("name").Add(1)), ErrType, "string and int64"},
		{pairs().WithColumn("x", Lit(struct{}{})), ErrType, "cannot be a constant"},
		{pairs().WithColumn("x", Col("id").Cast("int7")), ErrType, `unknown type "int7"`},
		{pairs().Map(func(a, b int) int { return a }), ErrType, "takes 2 values"},
		{pairs().Map(func(x int) int { return x }), ErrType, "rows have 3 columns"},
		{pairs().Map(func(x struct{ FareAmont float64 }) int { return 1 }), ErrColumn, `did you mean "fare_amount"?`},
		{pairs().Map(func(x struct{ FareAmount int }) int { return 1 }), ErrType, `column "fare_amount": it holds float64, which a int cannot`},
		{pairs().Map(7), ErrType, "is not a function"},
		{pairs().FlatMap(func(r Row) Row { return r }), ErrType, "return a slice"},
		{pairs().MapBatches(func(r Row) Row { return r }), ErrType, "data.Batch"},
		{pairs().GroupBy("id").Mean(), ErrColumn, "no column to aggregate"},
		{pairs().GroupBy("di").Mean("fare_amount"), ErrColumn, `did you mean "id"?`},
		{pairs().GroupBy("id").Mean("name"), ErrType, "the column is string"},
		{pairs().Union(Range(3)), ErrSchema, `"fare_amount" (float64) is missing, "name" (string) is missing, "id" is int64, not int32`},
		{pairs().Limit(-1), nil, "negative"},
		{pairs().Repartition(0), nil, "at least one block"},
		{FromItems(7), ErrType, "give a slice"},
		{FromItems([]map[string]any{{"a": 1}, {"a": "x"}}), ErrType, "int64 and string in one column"},
		{FromItems([]map[string]any{{"a": make(chan int)}}), ErrType, "cannot be a column value"},
		{new(Dataset), nil, "has no source"},
		{nil, nil, "nil"},
	} {
		err := x.ds.Err()
		if err == nil || x.is != nil && !errors.Is(err, x.is) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("error %v, want it to say %s", err, x.says)
		}
		if x.ds != nil {
			// The mistake reaches the consumer through whatever follows.
			if _, again := x.ds.Limit(1).Map(func(r Row) Row { return r }).Repartition(2).Count(); again == nil || again.Error() != err.Error() {
				t.Errorf("carried %v, was %v", again, err)
			}
		}
	}
}

// A failing function of the user is reported with operator, block and row.
func TestRowErrors(t *testing.T) {
	bad := func(x int) bool { return x == 7777 }
	for name, x := range map[string]struct {
		ds   *Dataset
		row  int64
		says string
	}{
		"error in Map": {Range(10000).Map(func(x int) (int, error) {
			if bad(x) {
				return 0, errOwn
			}
			return x, nil
		}), 277, `Map failed in block 12 at row 277 {"id":7777}: own error`},
		"panic in Map": {Range(10000).Map(func(x int) int {
			if bad(x) {
				panic("boom")
			}
			return x
		}), 277, `{"id":7777}: panic at errors_test.go:`},
		"panic with an error in FlatMap": {Range(10000).FlatMap(func(x int) []int {
			if bad(x) {
				panic(errOwn)
			}
			return nil
		}), 277, "FlatMap failed in block 12"},
		"index out of range in Filter over rows": {Range(10000).Filter(func(r Row) bool {
			if bad(int(r["id"].(int64))) {
				return make([]bool, 1)[r["id"].(int64)]
			}
			return true
		}), 277, "index out of range [7777]"},
		"error in MapBatches": {Range(10000).MapBatches(func(b Batch) (Batch, error) {
			for _, x := range b.Int64s("id") {
				if bad(int(x)) {
					return b, errOwn
				}
			}
			return b, nil
		}, BatchSize(100)), 200, "MapBatches failed in block 12 at row 200"},
		"wrong column in MapBatches": {Range(10000).MapBatches(func(b Batch) (Batch, error) {
			x := b.Float64s("idd")
			return b.With("y", x[:b.Len()-1]), nil
		}), 0, `did you mean "id"?`},
		"unequal columns": {Range(100).MapBatches(func(b Batch) (Batch, error) {
			return b.With("y", []int{1, 2}), nil
		}), 0, `column "y" has 2 values but column "id" has 7`},
		"nulls in integers": {FromItems([]*int{nil}).Map(func(x int) int { return x }), 0, `column "item" is null; take a *int`},
	} {
		_, err := x.ds.TakeAll()
		var row *RowError
		if !errors.As(err, &row) || row.Row != x.row || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(name, "error in") != errors.Is(err, errOwn) {
			t.Errorf("%s: errors.Is is wrong for %v", name, err)
		}
	}
}

func TestNearest(t *testing.T) {
	have := []string{"passenger_count", "trip_distance", "fare_amount", "total_amount"}
	for name, want := range map[string]string{
		"fare":            `["fare_amount"]`,
		"amount":          `["fare_amount" "total_amount"]`,
		"trip_distnace":   `["trip_distance"]`,
		"PASSENGER_COUNT": `["passenger_count"]`,
		"zzz":             `[]`,
	} {
		if got := fmt.Sprint(nearest(name, have)); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
