package data_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goray/goray/ailib/data"
)

type trip struct {
	Distance float64 `ray:"trip_distance"`
	Fare     float64 `ray:"fare_amount"`
}

var trips = []trip{{1.5, 9}, {0.5, 5}, {10, 35}, {2, 11}}

func Example() {
	rides := data.FromItems(trips).
		Filter(data.Col("trip_distance").Gt(1)).
		WithColumn("per_mile", data.Col("fare_amount").Div(data.Col("trip_distance")))
	if err := rides.Show(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"trip_distance":1.5,"fare_amount":9,"per_mile":6}
	// {"trip_distance":10,"fare_amount":35,"per_mile":3.5}
	// {"trip_distance":2,"fare_amount":11,"per_mile":5.5}
}

func ExampleDataset_Map() {
	squares := data.Range(5).Map(func(x int) int { return x * x })
	fmt.Println(squares.Take(5))
	// Output: [{"item":0} {"item":1} {"item":4} {"item":9} {"item":16}] <nil>
}

func ExampleDataset_MapBatches() {
	double := func(b data.Batch) (data.Batch, error) {
		fares := b.Float64s("fare_amount")
		for i := range fares {
			fares[i] *= 2
		}
		return b.With("fare_amount", fares), nil
	}
	fmt.Println(data.FromItems(trips).MapBatches(double, data.BatchSize(2)).Sum("fare_amount"))
	// Output: 120 <nil>
}

func ExampleDataset_GroupBy() {
	parity := data.Range(10).Map(func(x int) data.Row { return data.Row{"odd": x%2 == 1, "x": x} })
	if err := parity.GroupBy("odd").Mean("x").Show(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"odd":false,"mean(x)":4}
	// {"odd":true,"mean(x)":5}
}

func ExampleDataset_TrainTestSplit() {
	train, test, err := data.Range(10).TrainTestSplit(0.3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(train)
	fmt.Println(test)
	// Output:
	// Dataset(rows=7, schema={id: int64})
	// Dataset(rows=3, schema={id: int64})
}

func ExampleDataset_WriteParquet() {
	dir, err := os.MkdirTemp("", "trips")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "trips")
	if err := data.FromItems(trips).Repartition(2).WriteParquet(out); err != nil {
		fmt.Println(err)
	}
	back := data.ReadParquet(out)
	fmt.Println(back.Count())
	fmt.Println(back.NumBlocks())
	// Output:
	// 4 <nil>
	// 2 <nil>
}

func ExampleDataset_SelectColumns_mistake() {
	fmt.Println(data.FromItems(trips).SelectColumns("fare_amout").Count())
	// Output: 0 data: SelectColumns: no column "fare_amout"; did you mean "fare_amount"?; the columns are "trip_distance", "fare_amount"
}

func ExampleDataset_IterBatches() {
	for b, err := range data.Range(10).IterBatches(4) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(b.Int64s("id"))
	}
	// Output:
	// [0 1 2 3]
	// [4 5 6 7]
	// [8 9]
}

func ExampleCollect() {
	rides, err := data.Collect[trip](data.FromItems(trips).Sort("fare_amount").Limit(2))
	fmt.Println(rides, err)
	// Output: [{0.5 5} {1.5 9}] <nil>
}

func ExampleDataset_Explain() {
	fmt.Println(data.Range(100).WithColumn("x", data.Col("id").Mul(2)).Filter(data.Col("id").Lt(3)).Sort("x").Explain())
	// Output:
	// logical:
	//   Sort(x)
	//     Filter((col("id") < 3))
	//       WithColumn(x = (col("id") * 2))
	//         Range(100)
	// physical:
	//   Sort(x)
	//     tasks: Range(100) -> Filter((col("id") < 3)) -> WithColumn(x = (col("id") * 2))
}
