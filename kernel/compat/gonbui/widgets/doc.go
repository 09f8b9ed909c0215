// Package widgets has a button, a slider and a select box that a running cell listens to, with the
// API of github.com/janpfeifer/gonb/gonbui/widgets.
//
//	s := widgets.Slider(0, 100, 50).Done()
//	for v := range s.Listen().C {
//		…
//	}
//
// Mental model:
//
//   - A widget is an element of the page and an address (package comms). The page sends the value
//     when it changes; SetValue sends one to the page.
//   - Where no page is connected, or in a saved notebook, the element is there and does nothing.
package widgets
