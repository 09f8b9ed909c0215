package export

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Notebook is what a program has in common with one: its cells, without outputs.
type Notebook struct{ Cells []Cell }

// Cell is a cell of a notebook.
type Cell struct {
	Markdown bool // prose, and not code
	Source   string
	Tags     []string
}

// raises is the tag of cells that are meant to fail; nbclient goes on after them.
const raises = "raises-exception"

func (c Cell) fails() bool { return slices.Contains(c.Tags, raises) }

// nbformat's JSON, version 4, as far as it is needed.
type (
	document struct {
		Cells    []documentCell   `json:"cells"`
		Metadata documentMetadata `json:"metadata"`
		Format   int              `json:"nbformat"`
		Minor    int              `json:"nbformat_minor"`
	}
	documentCell struct {
		Type      string           `json:"cell_type"`
		ID        string           `json:"id,omitempty"`
		Metadata  cellMetadata     `json:"metadata"`
		Source    lines            `json:"source"`
		Outputs   *[]struct{}      `json:"outputs,omitempty"`
		Execution *json.RawMessage `json:"execution_count,omitempty"`
	}
	cellMetadata struct {
		Tags []string `json:"tags,omitempty"`
	}
	documentMetadata struct {
		Kernel   map[string]string `json:"kernelspec"`
		Language map[string]string `json:"language_info"`
	}
)

// lines is nbformat's text: a string, or a list of strings.
type lines string

func (l *lines) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil {
		*l = lines(strings.Join(list, ""))
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

func (l lines) MarshalJSON() ([]byte, error) {
	list := slices.Collect(strings.Lines(string(l)))
	if list == nil {
		list = []string{}
	}
	return json.Marshal(list)
}

// ReadNotebook reads an .ipynb file of Go cells.
func ReadNotebook(r io.Reader) (Notebook, error) {
	var d struct {
		Cells []struct {
			Type     string       `json:"cell_type"`
			Source   lines        `json:"source"`
			Metadata cellMetadata `json:"metadata"`
		} `json:"cells"`
		Metadata struct {
			Language struct {
				Name string `json:"name"`
			} `json:"language_info"`
			Kernel struct {
				Language string `json:"language"`
			} `json:"kernelspec"`
		} `json:"metadata"`
		Format int `json:"nbformat"`
	}
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return Notebook{}, fmt.Errorf("no notebook: %w; name an .ipynb file", err)
	}
	if d.Format != 4 {
		return Notebook{}, fmt.Errorf("nbformat %d is not known; convert the notebook with jupyter nbconvert --to notebook", d.Format)
	}
	for _, language := range []string{d.Metadata.Language.Name, d.Metadata.Kernel.Language} {
		if language != "" && !strings.EqualFold(language, "go") {
			return Notebook{}, fmt.Errorf("the notebook's language is %s; only notebooks of Go can become Go programs", language)
		}
	}
	var nb Notebook
	for _, c := range d.Cells {
		if c.Type == "raw" {
			continue
		}
		nb.Cells = append(nb.Cells, Cell{Markdown: c.Type == "markdown", Source: string(c.Source), Tags: c.Metadata.Tags})
	}
	return nb, nil
}

// Write writes an .ipynb file without outputs.
func (nb Notebook) Write(w io.Writer) error {
	null := json.RawMessage("null")
	d := document{Cells: []documentCell{}, Format: 4, Minor: 5, Metadata: documentMetadata{
		Kernel:   map[string]string{"display_name": "Go (goray)", "language": "go", "name": "goray"},
		Language: map[string]string{"file_extension": ".go", "mimetype": "text/x-go", "name": "go"},
	}}
	for i, c := range nb.Cells {
		cell := documentCell{Type: "markdown", ID: fmt.Sprintf("cell-%d", i+1), Source: lines(c.Source), Metadata: cellMetadata{c.Tags}}
		if !c.Markdown {
			cell.Type, cell.Outputs, cell.Execution = "code", &[]struct{}{}, &null
		}
		d.Cells = append(d.Cells, cell)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(d)
}
