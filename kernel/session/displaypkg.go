package session

import (
	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// displayPackage makes kernel/display importable from cells as "display", and predeclared.
func displayPackage() engine.Package {
	return engine.Package{
		Path:        "github.com/goray/goray/kernel/display",
		Short:       "display",
		Predeclared: "display",
		Source:      display.Source,
		Symbols: []engine.Symbol{
			{Name: "Any", Value: display.Any},
			{Name: "Auto", Value: display.Auto},
			{Name: "Bundle", Value: (*display.Bundle)(nil)},
			{Name: "ClearOutput", Value: display.ClearOutput},
			{Name: "Data", Value: (*display.Data)(nil)},
			{Name: "Display", Value: display.Display},
			{Name: "DisplayID", Value: display.DisplayID},
			{Name: "File", Value: display.File},
			{Name: "HTML", Value: display.HTML},
			{Name: "Image", Value: display.Image},
			{Name: "Input", Value: display.Input},
			{Name: "JPEG", Value: display.JPEG},
			{Name: "JSON", Value: display.JSON},
			{Name: "JavaScript", Value: display.JavaScript},
			{Name: "Latex", Value: display.Latex},
			{Name: "MIME", Value: display.MIME},
			{Name: "MIMEMap", Value: (*display.MIMEMap)(nil)},
			{Name: "MakeData", Value: display.MakeData},
			{Name: "MakeData3", Value: display.MakeData3},
			{Name: "Markdown", Value: display.Markdown},
			{Name: "Math", Value: display.Math},
			{Name: "Of", Value: display.Of},
			{Name: "PDF", Value: display.PDF},
			{Name: "PNG", Value: display.PNG},
			{Name: "Result", Value: display.Result},
			{Name: "SVG", Value: display.SVG},
			{Name: "Screen", Value: (*display.Screen)(nil)},
			{Name: "SetScreen", Value: display.SetScreen},
			{Name: "Source", Value: &display.Source},
			{Name: "Terminal", Value: display.Terminal},
			{Name: "Text", Value: display.Text},
			{Name: "UpdateDisplay", Value: display.UpdateDisplay},
			{Name: "Value", Value: (*display.Value)(nil)},
		},
	}
}
