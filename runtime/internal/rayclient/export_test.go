package rayclient

import "github.com/goray/goray/runtime/internal/core"

// Drop makes the head forget an object that this session still refers to.
func Drop(session core.Backend, id core.ID) {
	b := session.(*backend)
	e := b.ids.find(id)
	b.await(e)
	b.conn.Release([]string{e.ray})
}
