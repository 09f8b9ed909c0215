// Package gonbui shows things in a notebook, with the API of github.com/janpfeifer/gonb/gonbui:
// notebooks written for GoNB import it by that path and find it here, compiled in.
//
//	gonbui.DisplayHTML("<b>hello</b>")
//	gonbui.UpdateHTML("bar", "50 %") // shown once, replaced afterwards
//
// Mental model: every function is one call of kernel/display. Nothing is in transit when it
// returns, so Sync has nothing to do, and Error is nil.
package gonbui
