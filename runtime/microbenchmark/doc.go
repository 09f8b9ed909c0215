// Package microbenchmark is "goray microbenchmark": it measures tasks, actors and objects under the
// names that "ray microbenchmark" gives to its rows, so that the two can be laid side by side.
//
// Each row runs an operation for some time, in several rounds, and tells how often it was done per
// second: the mean of the rounds and how far they scatter. Rows whose operation stands for many (a
// thousand calls in flight, say) count each of them.
package microbenchmark
