// Package cli has the commands around a shared head: "goray start", "stop", "status", "list", "job" and
// the others, as Ray's are called. Each is a function of its arguments and two streams, and returns the
// exit code: 0 when it did what it was asked, 1 when that failed, 2 when it was asked wrongly.
//
// The model:
//
//   - A head is a process of "goray start --head": the embedded runtime with a socket, through which
//     drivers join it ([StartMain]).
//   - A command is a driver, too: it joins the head, asks, and leaves. Without a head it says how to
//     start one.
//   - Another "goray start --address auto" brings a virtual node to the head, which goes with its process.
//   - Jobs are the head's ([JobMain]); package jobs has them for programs.
package cli
