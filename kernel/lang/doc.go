// Package lang is the typed front end of a session: it splits a cell into declarations and
// statements, checks it with go/types against everything that earlier cells declared, and
// answers completion and inspection from the same state. It runs nothing.
package lang
