// Package native runs functions of cells in both tiers, interpreted and compiled, in worker
// processes as a notebook does, and expects the same of both: values with their types, errors,
// panics and the places where they were raised.
package native
