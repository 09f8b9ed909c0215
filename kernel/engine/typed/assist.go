package typed

import "github.com/goray/goray/kernel/engine"

// The front end answers completion and inspection from the session's types, where it can.

// Complete implements [engine.Engine].
func (s *Session) Complete(source string, cursor int) engine.Completions {
	if c, ok := any(s.lang).(interface {
		Complete(string, int) engine.Completions
	}); ok {
		return c.Complete(source, cursor)
	}
	return engine.Completions{Start: cursor, End: cursor}
}

// Inspect implements [engine.Engine].
func (s *Session) Inspect(source string, cursor, detail int) (engine.Inspection, bool) {
	if c, ok := any(s.lang).(interface {
		Inspect(string, int, int) (engine.Inspection, bool)
	}); ok {
		return c.Inspect(source, cursor, detail)
	}
	return engine.Inspection{}, false
}

// IsComplete implements [engine.Engine].
func (s *Session) IsComplete(source string) (engine.Completeness, string) {
	if c, ok := any(s.lang).(interface {
		IsComplete(string) (engine.Completeness, string)
	}); ok {
		return c.IsComplete(source)
	}
	return engine.Unknown, ""
}
