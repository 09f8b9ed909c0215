package metrics

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// processLabel tells the processes apart that have set a gauge; Ray has a name of its own for each.
const processLabel = "WorkerId"

// ContentType is that of WriteText.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// prefix is Ray's.
const prefix = "ray_"

// Family is the samples of one name.
type Family struct {
	Name, Help string
	Kind       Kind
	Samples    []Sample
}

// Sample is one line.
type Sample struct {
	Suffix string      // "_bucket", "_sum", "_count" of histograms
	Labels [][2]string // name and value
	Value  float64
}

// Add appends a sample; labels are names and values in turn.
func (f *Family) Add(value float64, labels ...string) {
	s := Sample{Value: value}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels = append(s.Labels, [2]string{labels[i], labels[i+1]})
	}
	f.Samples = append(f.Samples, s)
}

// exposed is what Prometheus knows the metric by.
func (d *Desc) exposed() string {
	if d.Kind == Counter && !strings.HasSuffix(d.Name, "_total") {
		return prefix + d.Name + "_total"
	}
	return prefix + d.Name
}

// Families are series as Ray names them: with ray_ before, and _total behind a counter.
func Families(list []Series) (families []Family) {
	for i := range list {
		s := &list[i]
		name := s.Desc.exposed()
		if n := len(families); n == 0 || families[n-1].Name != name {
			families = append(families, Family{Name: name, Help: s.Desc.Help, Kind: s.Desc.Kind})
		}
		f := &families[len(families)-1]
		var labels [][2]string
		for j, key := range s.Desc.Keys {
			labels = append(labels, [2]string{key, s.Values[j]})
		}
		switch {
		case s.Desc.Kind == Histogram:
			f.histogram(s, labels)
			continue
		case s.Process != 0:
			labels = append(labels, [2]string{processLabel, strconv.Itoa(s.Process)})
		}
		f.Samples = append(f.Samples, Sample{Labels: labels, Value: s.Value})
	}
	return families
}

func (f *Family) histogram(s *Series, labels [][2]string) {
	var sum uint64
	for i, n := range s.Counts {
		end := "+Inf"
		if i < len(s.Desc.Bounds) {
			end = number(s.Desc.Bounds[i])
		}
		sum += n
		f.Samples = append(f.Samples, Sample{"_bucket", append(labels[:len(labels):len(labels)], [2]string{"le", end}), float64(sum)})
	}
	f.Samples = append(f.Samples, Sample{"_sum", labels, s.Sum}, Sample{"_count", labels, float64(sum)})
}

// WriteText writes the families in the text format of Prometheus. Those without samples are left out,
// and of a name that comes twice the later ones: a reader would refuse the whole page.
func WriteText(w io.Writer, families []Family) error {
	b := bufio.NewWriter(w)
	seen := map[string]bool{}
	for _, f := range families {
		if len(f.Samples) == 0 || seen[f.Name] {
			continue
		}
		seen[f.Name] = true
		if f.Help != "" {
			b.WriteString("# HELP " + f.Name + " " + helpEscape.Replace(strings.ToValidUTF8(f.Help, "�")) + "\n")
		}
		b.WriteString("# TYPE " + f.Name + " " + string(f.Kind) + "\n")
		for _, s := range f.Samples {
			b.WriteString(f.Name + s.Suffix)
			for i, l := range s.Labels {
				b.WriteString([]string{"{", ","}[min(i, 1)] + l[0] + `="` + valueEscape.Replace(strings.ToValidUTF8(l[1], "�")) + `"`)
			}
			if len(s.Labels) > 0 {
				b.WriteByte('}')
			}
			b.WriteString(" " + number(s.Value) + "\n")
		}
	}
	return b.Flush()
}

var (
	helpEscape  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
