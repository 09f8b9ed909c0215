// Package comms exchanges values with the page that shows the notebook, with the API of
// github.com/janpfeifer/gonb/gonbui/comms.
//
//	answers := comms.Listen[int]("game/answer")
//	comms.Send("game/question", "6 × 7")
//	fmt.Println(<-answers.C)
//
// In the page, scripts use the object gonb_comm: subscribe(address, (address, value) => …),
// unsubscribe(id), send(address, value).
//
// Mental model:
//
//   - An address is a name; a leading slash does not matter. A value sent to it reaches everybody
//     who listens on the other side.
//   - The page connects with a script that is shown once: it opens a WebSocket to the Jupyter
//     server it came from, and through it a comm to the kernel. JupyterLab and Notebook 7 can do
//     that; elsewhere nobody is connected, what is sent is dropped, and listeners hear nothing.
package comms
