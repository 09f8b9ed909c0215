// Package plotly shows the figures of github.com/MetalBlueberry/go-plotly, or whatever else encodes
// to Plotly's JSON, with the API of github.com/janpfeifer/gonb/gonbui/plotly.
//
//	plotly.DisplayFig(fig)
//
// Mental model: a figure is JSON. It is shown as application/vnd.plotly.v1+json, which JupyterLab,
// Notebook and VS Code draw by themselves where they have Plotly's extension, and as HTML that
// loads Plotly from PlotlySrc where they do not.
package plotly
