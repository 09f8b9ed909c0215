// Command order declares everything before what it needs.
package main

import (
	"fmt"
	"strings"
)

func main() {
	greet("world") // a function below

	// A paragraph with a raw string.
	text := `first
	second, with its tab
third`
	fmt.Println(text, len(text))
	n, err := fmt.Sscan("42", &answer)
	fmt.Println(n, err, answer)
	m, err := fmt.Sscan("x", &answer)
	fmt.Println(m, err)

	for i := range 3 {
		fmt.Print(even(i), " ")
	}
	fmt.Println()
}

// greet uses a variable that is declared later.
func greet(name string) { fmt.Println(prefix + strings.ToUpper(name)) }

var prefix = hello() + ", "

func hello() string { return word{"hello"}.String() }

type word struct{ text string }

func (w word) String() string { return w.text + suffix }

const suffix = "!"

var answer int

// even and odd need each other.
func even(n int) bool { return n == 0 || odd(n-1) }
func odd(n int) bool  { return n != 0 && even(n-1) }

func init() { prefix = "init: " + prefix }
