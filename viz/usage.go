package viz

import (
	"fmt"
	"image/color"
	"runtime"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// UsagePanel is the load of this machine at one moment.
type UsagePanel struct {
	Title       string
	CPU         []float64 // percent busy, by core
	MemoryUsed  uint64    // bytes
	MemoryTotal uint64    // bytes; a container's limit where there is one
	GPUs        []GPU
	GPUNote     string // why there are no GPUs; empty when there are
}

// GPU is the load of one device.
type GPU struct {
	Index       int
	Name        string
	Utilization float64 // percent busy
	MemoryUsed  uint64  // bytes
	MemoryTotal uint64  // bytes
	Temperature float64 // °C; 0 when not known
	Power       float64 // watts; 0 when not known
}

// Usage samples the CPUs for a fifth of a second, the memory, and the GPUs. It returns an error
// where the operating system does not tell; a missing GPU is no error, the panel says so.
func Usage() (*UsagePanel, error) {
	cpu, used, total, err := sampleMachine()
	if err != nil {
		return nil, fmt.Errorf("viz: cannot read the load of this machine: %w; on %s only the GPU panel works", err, runtime.GOOS)
	}
	p := &UsagePanel{Title: "usage", CPU: cpu, MemoryUsed: used, MemoryTotal: total}
	p.GPUs, p.GPUNote = sampleGPUs()
	return p, nil
}

// usageRow is one bar of the panel.
type usageRow struct {
	name, text string
	part       float64 // of 1
	color      color.NRGBA
}

// maxCores bounds the bars; of more cores the panel shows the busiest and the mean of all.
const maxCores = 16

func (p *UsagePanel) rows() []usageRow {
	var rows []usageRow
	cpu, core := p.CPU, "CPU "
	if len(cpu) > maxCores {
		mean := 0.0
		for _, v := range cpu {
			mean += v / float64(len(cpu))
		}
		cpu = nil
		rows = append(rows, usageRow{fmt.Sprintf("%d CPUs", len(p.CPU)), percent(mean), mean / 100, palette[0]})
	}
	for i, v := range cpu {
		rows = append(rows, usageRow{core + formatInt(int64(i), false), percent(v), v / 100, palette[0]})
	}
	rows = append(rows, usageRow{"memory", bytesOf(p.MemoryUsed, p.MemoryTotal), fraction(p.MemoryUsed, p.MemoryTotal), palette[3]})
	for _, g := range p.GPUs {
		name := "GPU " + formatInt(int64(g.Index), false)
		text := percent(g.Utilization) + "  " + clean(g.Name)
		if g.Temperature > 0 {
			text += fmt.Sprintf("  %.0f °C", g.Temperature)
		}
		if g.Power > 0 {
			text += fmt.Sprintf("  %.0f W", g.Power)
		}
		rows = append(rows, usageRow{name, text, g.Utilization / 100, palette[2]})
		rows = append(rows, usageRow{name + " memory", bytesOf(g.MemoryUsed, g.MemoryTotal), fraction(g.MemoryUsed, g.MemoryTotal), palette[4]})
	}
	return rows
}

func percent(v float64) string { return fmt.Sprintf("%3.0f %%", v) }

func fraction(used, total uint64) float64 {
	if total == 0 {
		return 0
	}
	return float64(used) / float64(total)
}

func bytesOf(used, total uint64) string {
	return fmt.Sprintf("%.1f of %.1f GiB", float64(used)/(1<<30), float64(total)/(1<<30))
}

// MIMEBundle gives text/plain, image/svg+xml and image/png.
func (p *UsagePanel) MIMEBundle() map[string]any {
	width, height := 640, 44+22*len(p.rows())
	if p.GPUNote != "" {
		height += 22
	}
	bundle := map[string]any{
		mimeText: p.Text(columnsNow()),
		mimeSVG:  renderSVG(width, height, p.describe(), p.paint),
	}
	if png := renderPNG(width, height, p.paint); png != nil {
		bundle[mimePNG] = png
	}
	return bundle
}

// String is the text form.
func (p *UsagePanel) String() string { return p.Text(columnsNow()) }

// Text is one bar in each line.
func (p *UsagePanel) Text(width int) string {
	width = max(width, 24)
	rows, names := p.rows(), 0
	for _, r := range rows {
		names = max(names, textColumns(r.name))
	}
	bar := max(6, min(30, width-names-30))
	var b strings.Builder
	if title := clean(p.Title); title != "" {
		b.WriteString(truncate(title, width) + "\n")
	}
	for _, r := range rows {
		full := int(min(max(r.part, 0), 1)*float64(bar) + 0.5)
		line := padRight(r.name, names) + " " + strings.Repeat("█", full) + strings.Repeat("░", bar-full) + " " + r.text
		b.WriteString(truncate(line, width) + "\n")
	}
	if p.GPUNote != "" {
		b.WriteString(wrap(clean(p.GPUNote), width))
	}
	return b.String()
}

func (p *UsagePanel) describe() string {
	var parts []string
	for _, r := range p.rows() {
		parts = append(parts, r.name+" "+strings.TrimSpace(r.text))
	}
	if p.GPUNote != "" {
		parts = append(parts, p.GPUNote)
	}
	return clean(p.Title) + ": " + strings.Join(parts, ", ")
}

func (p *UsagePanel) paint(dc draw.Canvas) {
	dc = draw.Crop(dc, 12, -12, 6, -8)
	y := dc.Max.Y - titleSize
	drawText(dc, dc.Min.X, y, ellipsis(clean(p.Title), dc.Size().X, titleSize), titleStyle)
	y -= 26
	const names, bar = vg.Length(96), vg.Length(260)
	for _, r := range p.rows() {
		drawText(dc, dc.Min.X, y, r.name, labelStyle)
		x := dc.Min.X + names
		fillRect(dc, inkGrid, x, y-2, x+bar, y+10)
		fillRect(dc, r.color, x, y-2, x+bar*vg.Length(min(max(r.part, 0), 1)), y+10)
		drawText(dc, x+bar+10, y, ellipsis(r.text, dc.Max.X-x-bar-10, labelSize), labelStyle)
		y -= 22
	}
	if p.GPUNote != "" {
		drawText(dc, dc.Min.X, y, ellipsis(clean(p.GPUNote), dc.Size().X, labelSize), labelStyle)
	}
}
