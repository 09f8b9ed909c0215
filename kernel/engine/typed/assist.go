package typed

import "github.com/goray/goray/kernel/engine"

// The front end answers completion and inspection from the types of the session.

// Complete implements [engine.Engine].
func (s *Session) Complete(source string, cursor int) engine.Completions {
	return s.lang.Complete(source, cursor)
}

// Inspect implements [engine.Engine].
func (s *Session) Inspect(source string, cursor, detail int) (engine.Inspection, bool) {
	return s.lang.Inspect(source, cursor, detail)
}

// IsComplete implements [engine.Engine].
func (s *Session) IsComplete(source string) (engine.Completeness, string) {
	return s.lang.IsComplete(source)
}
