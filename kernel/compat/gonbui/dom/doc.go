// Package dom changes the page that shows the notebook, with the API of
// github.com/janpfeifer/gonb/gonbui/dom.
//
//	id := dom.CreateTransientDiv()
//	dom.Append(id, "<b>50 %</b>")
//	dom.Persist(id) // what it holds now stays when the notebook is saved
//
// Mental model:
//
//   - In JupyterLab and Notebook the page is connected (package comms), and what is done here is
//     done there, in the order of the calls.
//   - What a transient div holds is also known here, as far as this package put it there. Where no
//     page is connected, the output of the cell is updated with that, so that a notebook that is
//     run without a browser shows it too; scripts do not run then.
package dom
