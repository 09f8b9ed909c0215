package session_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/session/sessiontest"
)

func ExampleOpen() {
	s, err := session.Open(sessiontest.Config()) // real sessions take typed.New
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	out := s.Execute(context.Background(), engine.Cell{Number: 1, Source: "value 42"})
	fmt.Println(out.Result.Data["text/plain"])
	out = s.Execute(context.Background(), engine.Cell{Number: 2, Source: "%tiem"})
	fmt.Println(session.NewReport(out.Err, false).Text())
	// Output:
	// 42
	// %tiem: no such magic; did you mean %time? (%help lists them)
}
