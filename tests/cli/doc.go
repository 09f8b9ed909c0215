// Package cli runs the commands around a shared head as users do: with the binary, and heads of their
// own folders.
package cli
