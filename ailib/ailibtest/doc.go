// Package ailibtest is what the tests of the libraries share: a session around all tests of a
// package, and the real data sets, which are not part of the project.
package ailibtest
