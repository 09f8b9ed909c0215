// Package loop runs a user's function in an actor and carries its reports to
// the driver, one after another, with the driver's answer to each. It is what
// the trials of package tune and the workers of train.DataParallel are made
// of; programs use those.
//
//	runner := ray.Actor[loop.Runner](loop.NewRunner).Options(ray.MaxConcurrency(2)).Remote(f)
//	done := ray.Call[loop.Outcome](runner, (*loop.Runner).Run, 0, loop.Spec{Config: params})
//	for {
//		event, err := ray.Get(ray.Call[loop.Event](runner, (*loop.Runner).Next, 0, reply))
//		if err != nil || event.End {
//			break
//		}
//		reply = decide(event)
//	}
//	outcome, err := ray.Get(done)
//
// # Mental model
//
// The actor has two calls under way: Run, which is the function itself, and
// Next, with which the driver waits for the next report. Report hands its
// event to Next and waits for the driver's reply, which comes with the
// following Next. So the function never runs ahead of the driver's decisions,
// and no third process is needed in between. The actor therefore needs
// ray.MaxConcurrency(2) or more.
package loop
