package lang_test

import (
	"fmt"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
)

func ExampleSession() {
	pkgs, err := lang.NewPackages(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s := lang.NewSession(pkgs)
	first, err := s.Check(engine.Cell{Number: 1, Source: "words := strings.Fields(\"to be or not\")\nlen(words)"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Commit(first)
	fmt.Println(first.Vars[0].Name(), first.Vars[0].Type(), first.Results)

	_, err = s.Check(engine.Cell{Number: 2, Source: "wrods[0]"})
	fmt.Println(err)
	// Output:
	// words []string [int]
	// In[2]:1:1: undefined: wrods (did you mean words?)
}
