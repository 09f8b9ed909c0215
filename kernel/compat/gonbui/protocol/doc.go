// Package protocol has the types that gonbui and its parts exchange, with the names that
// github.com/janpfeifer/gonb/gonbui/protocol gives them.
//
//	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: "<b>x</b>"}})
//
// Mental model: there is no pipe and no second process here. A cell runs in the process that
// shows its output, so these are plain values that are handed on.
package protocol
