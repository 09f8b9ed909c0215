package protocol

// MIMEType is the kind of a content.
type MIMEType string

// The kinds that gonbui shows.
const (
	MIMETextHTML       MIMEType = "text/html"
	MIMETextJavascript MIMEType = "text/javascript"
	MIMETextMarkdown   MIMEType = "text/markdown"
	MIMETextPlain      MIMEType = "text/plain"
	MIMEImagePNG       MIMEType = "image/png"
	MIMEImageSVG       MIMEType = "image/svg+xml"
)

// Environment variables that a session sets for GoNB's programs.
const (
	GONB_DIR_ENV     = "GONB_DIR"     // the working directory
	GONB_TMP_DIR_ENV = "GONB_TMP_DIR" // where "!*" runs commands
	GONB_VERSION     = "GONB_VERSION"
)

// DisplayData is something to show, in one or more forms.
type DisplayData struct {
	Data      map[MIMEType]any
	Metadata  map[string]any
	DisplayID string // a second one with the same id replaces the first
}

// CommValueTypes are the values that go to and from the page.
type CommValueTypes interface {
	int | float64 | string | []int | []float64 | []string |
		map[string]int | map[string]float64 | map[string]string
}
