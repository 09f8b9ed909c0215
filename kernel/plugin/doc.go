// Package plugin is what a library may add to a session: packages for cells to import, live
// output, and an interest in where cells begin and end. The kernel and the REPL know plugins
// only through this package; main.go says which there are.
package plugin
