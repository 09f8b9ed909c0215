// Package assist tests what the libraries tell a session about code that has not run yet: which
// remote calls cannot succeed, and which columns a string may name.
package assist
