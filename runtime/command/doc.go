// Package command is what the commands of goray have in common: flags that may stand anywhere, help that
// is an answer, complaints that are none, and exit codes.
//
//	c := command.New("status", "[--json]", "What the head has and does.", stdout, stderr)
//	asJSON := c.Bool("json", false, "for programs")
//	if code, done := c.Read(args); done {
//		return code
//	}
//
// The model:
//
//   - A command is a function of its arguments and two streams. It returns 0 when it did what it was
//     asked, 1 when that failed, 2 when it was asked wrongly.
//   - Help goes to stdout, with 0; whatever is wrong goes to stderr and begins with "goray NAME:".
package command
