package native

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// rowCells are functions of rows, and rowCalls what is made of them: values, errors, panics, prints.
const rowCells = `type trip struct { ID int64; Fare float64; City string }
type taxed struct { ID int64; Total float64; Label string; Far bool }
rate := 1.25
func tax(t trip) taxed { x := t.Fare; for range 100 { x = math.Sqrt(x*x + 1) }; return taxed{t.ID, x * rate, strings.ToUpper(t.City), t.Fare > 50} }
func far(t trip) bool { return int64(t.Fare)%3 == 0 }
func twice(t trip) []taxed { return []taxed{tax(t), {ID: -t.ID}} }
func fails(t trip) (taxed, error) { if t.ID == 700 { return taxed{}, fmt.Errorf("trip %d: %w", t.ID, io.EOF) }; return tax(t), nil }
func breaks(t trip) taxed { if t.ID == 900 { panic(fmt.Sprint("trip ", t.ID)) }; return tax(t) }
func square(n int64) int64 { return n*n%1000 }
func odd(n int64) bool { return n%2 == 1 }
func divides(n int64) int64 { return 1000 / (n - 800) }
func row(r data.Row) data.Row { return data.Row{"id": r["id"], "half": r["fare"].(float64) / 2} }
func cheap(r data.Row) bool { return r["fare"].(float64) < 30 && r["city"] != "city3" }
func many(r data.Row) []data.Row { return []data.Row{r, {"id": -r["id"].(int64), "fare": 0.0, "city": "x"}} }
func batch(l []trip) []taxed { var out []taxed; for _, t := range l { if far(t) { out = append(out, tax(t)) } }; return out }
func batchFails(ctx context.Context, l []trip) ([]taxed, error) { for _, t := range l { if t.ID == 4321 { return nil, fmt.Errorf("trip %d: %w", t.ID, io.EOF) } }; return batch(l), ctx.Err() }
func batchBreaks(l []trip) []taxed { for i := range l { l[i].Fare++ ; if l[i].ID == 5000 { panic(l[i].City) } }; return batch(l) }
func table(b data.Batch) data.Batch { return b.Select("id", "fare") }
func withContext(ctx context.Context, t trip) (float64, error) { return t.Fare, ctx.Err() }
seen := 0
func counts(t trip) int { seen++; return seen }
trips := func() (l []trip) { for i := range 6000 { l = append(l, trip{int64(i), float64(i%97) * 1.5, "city" + strconv.Itoa(i%7)}) }; return l }()
func all(ds *data.Dataset) string { rows, err := ds.Sort("id").TakeAll(); h := fnv.New64a(); for _, r := range rows { fmt.Fprintln(h, r) }; return fmt.Sprint(len(rows), h.Sum64(), err) }`

var rowCalls = []string{
	"all(data.FromItems(trips).Map(tax))", "all(data.FromItems(trips).Filter(far))", "all(data.FromItems(trips).FlatMap(twice))",
	"all(data.FromItems(trips).Map(fails))", "all(data.FromItems(trips).Map(breaks))",
	"all(data.Range(5000).Map(square).RenameColumns(map[string]string{\"item\": \"id\"}))", "all(data.Range(5000).Filter(odd))", "all(data.Range(5000).Map(divides).RenameColumns(map[string]string{\"item\": \"id\"}))",
	"all(data.FromItems(trips).MapBatches(batch))", "all(data.FromItems(trips).MapBatches(batch, data.BatchSize(500)))", "all(data.FromItems(trips).MapBatches(batchFails))",
	"all(data.FromItems(trips).MapBatches(batchBreaks, data.BatchSize(700)))", "all(data.FromItems(trips[:4000]).MapBatches(batchBreaks, data.BatchSize(700)))", "all(data.FromItems(trips).MapBatches(table))",
	"all(data.FromItems(trips).Filter(cheap))", "all(data.FromItems(trips).FlatMap(many))",
	"all(data.FromItems(trips).Map(row))", "all(data.FromItems(trips).AddColumn(\"f\", withContext))", "all(data.FromItems(trips[:500]).Repartition(1).AddColumn(\"n\", counts))",
}

// TestRows runs functions of rows in both tiers.
func TestRows(t *testing.T) {
	results := map[string][]string{}
	for _, tier := range []string{"off", ""} {
		t.Run("tier"+tier, func(t *testing.T) {
			t.Setenv("GORAY_NATIVE_TIER", tier)
			s := open(t)
			s.run(rowCells)
			if tier == "" {
				for _, c := range rowCalls { // the plans, so that all is compiled
					s.run("_ = " + strings.TrimSuffix(strings.TrimPrefix(c, "all("), ")"))
				}
				s.run("_ = ray.WaitNative(context.Background())")
				status := s.run("ray.NativeStatus()")
				if got := strings.Count(status, " native "); got < 15 {
					t.Error(got, "functions of rows are native: ", status)
				}
			}
			for _, c := range rowCalls {
				out, err := s.try(c)
				results[tier] = append(results[tier], passing.ReplaceAllString(fmt.Sprint(out, err), "…"))
			}
			t.Log(s.run("ray.NativeStatus()"))
		})
	}
	if t.Failed() {
		return
	}
	for i, c := range rowCalls {
		if a, b := results["off"][i], results[""][i]; a != b {
			t.Errorf("%s\ninterpreted: %s\nnative:      %s", c, a, b)
		}
		t.Logf("%s: %s", c, results[""][i])
	}
}

// BenchmarkRows is how many rows a second go through a function of rows in each tier.
func BenchmarkRows(b *testing.B) {
	for _, tier := range []string{"off", ""} {
		for _, call := range []string{"data.FromItems(lots).Map(tax)", "data.FromItems(lots).MapBatches(batch)", "data.FromItems(lots).Filter(cheap)", "data.FromItems(lots).FlatMap(twice)", "data.Range(1000000).Map(square)"} {
			b.Run(call+tier, func(b *testing.B) {
				b.Setenv("GORAY_NATIVE_TIER", tier)
				s := open(b)
				s.run(rowCells)
				s.run("lots := func() (l []trip) { for i := range 100000 { l = append(l, trip{int64(i), float64(i%97) * 1.5, \"city\" + strconv.Itoa(i%7)}) }; return l }()\nds := " + call + "\n_ = ray.WaitNative(context.Background())\nn := ray.Must(ds.Materialize())")
				for b.Loop() {
					rate, err := strconv.ParseFloat(s.run("func() float64 { best := 0.0; for range 3 { t := time.Now(); m := ray.Must(ds.Materialize()); n := ray.Must(m.Count()); best = max(best, float64(n)/time.Since(t).Seconds()) }; return best }()"), 64)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(rate, "rows/s")
				}
			})
		}
	}
}
