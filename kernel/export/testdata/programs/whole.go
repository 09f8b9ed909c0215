package main

import "fmt"

var x = 1

func main() {
	defer fmt.Println("deferred")
	x := "shadows the package's"
	fmt.Println(x, value())
	if len(x) > 3 {
		return
	}
	fmt.Println("never")
}

func value() int { return x }
