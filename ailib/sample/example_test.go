package sample_test

import (
	"fmt"
	"strings"

	"github.com/goray/goray/ailib/sample"
)

func ExampleTaxi() {
	path, err := sample.Taxi()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(path, "green_tripdata_2024-01"))
	// Output: true
}

func ExampleNames() {
	fmt.Println(sample.Names())
	// Output: [housing taxi taxi_next]
}
