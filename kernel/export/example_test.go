package export_test

import (
	"context"
	"fmt"
	"os"

	"github.com/goray/goray/kernel/export"
)

func ExampleProgram() {
	nb := export.Notebook{Cells: []export.Cell{
		{Source: "x := 40"},
		{Source: "func add(n int) int { return x + n }"},
		{Source: "add(2)"},
	}}
	source, err := export.Program(context.Background(), nb, export.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	os.Stdout.Write(source)
	// Output:
	// package main
	//
	// import (
	// 	"fmt"
	// )
	//
	// // %% In[1]
	//
	// var x = 40
	//
	// // %% In[2]
	//
	// func add(n int) int { return x + n }
	//
	// func main() {
	// 	// %% In[3]
	// 	fmt.Println(add(2))
	// }
}

func ExampleCells() {
	nb, err := export.Cells([]byte("package main\n\nimport \"fmt\"\n\nfunc main() {\n\tx := 1\n\n\tfmt.Println(x + y)\n}\n\nvar y = 2\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range nb.Cells {
		fmt.Printf("%q\n", c.Source)
	}
	// Output:
	// "import \"fmt\""
	// "var y = 2"
	// "x := 1"
	// "fmt.Println(x + y)"
}
