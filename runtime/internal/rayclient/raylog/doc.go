// Package raylog passes on what workers and Ray itself print on a real cluster, without what Ray
// says again and again: its autoscaler repeats "no available node types can fulfill …" every few
// seconds for as long as a task waits.
//
//	w := raylog.New(os.Stdout)
//	w.Write(text) // whole lines come out
//
// Mental model:
//
//   - A line of the autoscaler ("(autoscaler +1m26s) …") is shown when it is new, and once more after
//     five minutes, with how often it came meanwhile. All other lines are shown at once.
//   - Lines come in pieces; a piece waits for its end.
package raylog
