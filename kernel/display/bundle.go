package display

// Bundle is one thing to show, in every form that its value offers.
type Bundle struct {
	// Data maps a MIME type to its content: a string for text types, []byte for images (the
	// wire encodes them), anything JSON-able for application/json and vnd.*+json types.
	Data     map[string]any
	Metadata map[string]any // may be nil
}
