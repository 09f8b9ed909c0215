// Package doctor is "goray doctor": it looks at what goray needs of a machine, and at what is better to
// have, and names the command that mends each thing.
//
// A [Check] is a question with its answer, a [Finding]. Those here ask about the system; main adds
// those of libraries, which this package does not know.
package doctor
