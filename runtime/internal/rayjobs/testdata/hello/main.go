// Hello is a program that runs as a job: it prints its arguments and where it is, and ends with the
// status that it is asked for.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	dir, _ := os.ReadDir(".")
	for _, f := range dir {
		fmt.Println("file", f.Name())
	}
	fmt.Println("address", os.Getenv("RAY_ADDRESS") != "")
	fmt.Println("args", os.Args[1:])
	code, _ := strconv.Atoi(os.Args[1])
	os.Exit(code)
}
