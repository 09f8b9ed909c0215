// Package jobs runs whole programs on a cluster, as Ray's jobs do: a shell command, its entrypoint,
// is given to the head, which runs it with a copy of a working directory and goes on when the one
// who submitted it has left.
//
//	client, err := jobs.NewClient("")
//	id, err := client.Submit(jobs.Submission{Entrypoint: "goray run train.go", WorkingDir: "."})
//	for text, err := range client.Tail(id) {
//		fmt.Print(text)
//	}
//	info, err := client.Info(id) // info.Status is jobs.Succeeded
//
// The model:
//
//   - A [Client] talks to a [Server]: the head of this machine, which "goray start" starts (address
//     "" or "auto"), or the Jobs API of a Ray cluster (address "http://host:8265").
//   - What a job is and was is an [Info]. Its field names in JSON are those of Ray's REST API.
//   - A job is PENDING, RUNNING, and then SUCCEEDED, FAILED or STOPPED for good. The entrypoint's exit
//     code decides.
//   - The entrypoint finds GORAY_ADDRESS=auto in its environment, so that ray.Init joins the head.
//   - A working directory travels as a zip file named after its content: what the head has is not
//     copied again. What .gitignore names stays behind.
package jobs
