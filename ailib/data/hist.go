package data

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/goray/goray/viz"
)

// Hist counts the values of a numeric column into bins of equal width and
// returns the chart. The counting is done where the blocks are. bins 0 chooses
// a number from the count of values; nulls, NaN and infinities are left out.
func (d *Dataset) Hist(column string, bins int) (*viz.Chart, error) {
	if err := d.Err(); err != nil {
		return nil, err
	}
	values := d.WithColumn("value", Col(column).Cast("float64")).SelectColumns("value").
		Filter(Col("value").Gt(math.Inf(-1)).And(Col("value").Lt(math.Inf(1))))
	row, err := values.Aggregate(Min("value"), Max("value"), CountOf("value"))
	if err != nil {
		return nil, err
	}
	count, _ := row["count(value)"].(int64)
	if count == 0 {
		return viz.HistCounts(column, nil, nil), nil
	}
	low, high := row["min(value)"].(float64), row["max(value)"].(float64)
	if bins <= 0 {
		bins = int(min(max(2*math.Cbrt(float64(count)), 5), 60))
	}
	edges := histEdges(low, high, bins)
	counts := make([]float64, len(edges)-1)
	counted := values.then(&step{Kind: stepHist, Names: []string{"value"}, Edges: edges}, nil)
	for b, err := range counted.IterBatches(0) {
		if err != nil {
			return nil, err
		}
		for i, n := range b.Float64s("count") {
			counts[i%len(counts)] += n
		}
	}
	return viz.HistCounts(column, edges, counts), nil
}

// histEdges are bins+1 rising numbers; a single value gets one bin around it.
func histEdges(low, high float64, bins int) []float64 {
	if low == high {
		return []float64{low - 0.5, high + 0.5}
	}
	edges := make([]float64, bins+1)
	for i := range edges {
		edges[i] = low + (high-low)*float64(i)/float64(bins)
	}
	edges[bins] = high
	return edges
}

// applyHist counts the values of a block between edges.
func (s *step) applyHist(rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	values, err := floatValues(rec.Column(rec.Schema().FieldIndices(s.Names[0])[0]))
	if err != nil {
		return nil, fmt.Errorf("data: Hist: %w", err)
	}
	bins := len(s.Edges) - 1
	low, width := s.Edges[0], (s.Edges[bins]-s.Edges[0])/float64(bins)
	counts := make([]int64, bins)
	for _, v := range values {
		counts[min(max(int((v-low)/width), 0), bins-1)]++
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "count", Type: arrow.PrimitiveTypes.Int64}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{intArray(counts)}, int64(bins)), nil
}
