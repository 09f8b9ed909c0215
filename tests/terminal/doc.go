// Package terminal runs the built goray in pseudo-terminals and as a command: charts that fit,
// pictures, progress, programs with arguments.
package terminal
