package typed_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

// A session keeps what its cells declare; a cell gives the values of its last expression.
func ExampleNew() {
	eng, err := typed.New(engine.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer eng.Close()
	for i, src := range []string{
		"type Celsius float64\nfunc (c Celsius) String() string { return fmt.Sprintf(\"%.1f°C\", float64(c)) }",
		"temps := []Celsius{20.5, 22}",
		"temps",
		"temps[2]",
	} {
		res, err := eng.Execute(context.Background(), engine.Cell{Number: i + 1, Source: src})
		if err != nil {
			fmt.Println(err)
		}
		for _, v := range res.Values {
			fmt.Println(v.Type, v.Reflect)
		}
	}
	// Output:
	// []main.Celsius [20.5°C 22.0°C]
	// panic: runtime error: index out of range [2] with length 2
}
