package wire_test

import (
	"context"
	"fmt"

	"github.com/goray/goray/kernel/wire"
)

// A kernel that answers one request, and a client that asks.
func Example() {
	srv, err := wire.Listen(wire.Connection{Key: "secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	go func() {
		if m, err := srv.Recv(wire.Control); err == nil {
			srv.Reply(wire.Control, m, "kernel_info_reply", map[string]string{"implementation": "example"})
		}
	}()
	client, err := wire.Dial(context.Background(), srv.Connection())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	reply, err := client.Request(context.Background(), wire.Control, "kernel_info_request", nil)
	fmt.Println(reply.Header.Type, string(reply.Content), err)
	// Output: kernel_info_reply {"implementation":"example"} <nil>
}
