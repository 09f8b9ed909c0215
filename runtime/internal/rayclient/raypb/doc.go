// Package raypb is the messages of Ray's client protocol, generated from the descriptor in Ray's
// own wheel.
//
//	r := &raypb.DataRequest{Type: &raypb.DataRequest_Put{Put: &raypb.PutRequest{Data: pickle}}}
//
// Mental model:
//
//   - The messages have been the same since Ray 2.9; 2.60 dropped fields and added some, which both
//     sides ignore.
//   - generate.py writes the file; package conn knows the few methods of the services by name.
package raypb
