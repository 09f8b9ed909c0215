package data

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"time"
	"weak"

	"github.com/goray/goray/ailib/ailibtest"
)

const green = "nyc_taxi/green_tripdata_2024-01.parquet"

// fareByPassengers is what pandas 3 computes of the month: the mean of
// fare_amount per passenger_count, the null group last.
var fareByPassengers = []struct {
	passengers any
	mean       float64
	count      int64
	std        any
}{
	{0.0, 16.2544921875, 512, 11.096048349678927},
	{1.0, 16.18288773755555, 44779, 12.87438861871682},
	{2.0, 17.928958333333334, 4656, 29.745009988491297},
	{3.0, 18.201426174496643, 596, 17.37060935578195},
	{4.0, 23.569270833333334, 192, 30.654479503029545},
	{5.0, 16.270655080213906, 1496, 10.666094242660973},
	{6.0, 15.046784922394679, 902, 10.536846489150925},
	{8.0, 84, 2, 5.656854249492381},
	{9.0, 92, 1, nil},
	{nil, 25.583581259150804, 3415, 15.200314074056823},
}

func TestParquetMonth(t *testing.T) {
	ds := ReadParquet(ailibtest.File(t, green))
	if n := must[int64](t)(ds.Count()); n != 56551 {
		t.Error(n)
	}
	if c := must[[]string](t)(ds.Columns()); len(c) != 20 || c[7] != "passenger_count" {
		t.Error(c)
	}
	for name, set := range map[string]*Dataset{"one block": ds, "seven blocks": ds.Repartition(7)} {
		rows := must[[]Row](t)(set.GroupBy("passenger_count").Aggregate(Mean("fare_amount"), Count(), Std("fare_amount"), NullsOf("passenger_count")).TakeAll())
		if len(rows) != len(fareByPassengers) {
			t.Fatalf("%s: %d groups", name, len(rows))
		}
		for i, want := range fareByPassengers {
			r := rows[i]
			if r["passenger_count"] != want.passengers || r["count()"] != want.count || !near(r["mean(fare_amount)"], want.mean) || !near(r["std(fare_amount)"], want.std) {
				t.Errorf("%s: %v, want %v", name, r, want)
			}
		}
	}
	row := must[Row](t)(ds.Aggregate(NullsOf("passenger_count")))
	if row["null_count(passenger_count)"] != int64(3415) {
		t.Error(row)
	}
}

func near(got, want any) bool {
	g, ok := got.(float64)
	w, wanted := want.(float64)
	if !ok || !wanted {
		return got == want
	}
	return math.Abs(g-w) <= 1e-12*max(1, math.Abs(w))
}

type ride struct {
	Pickup   time.Time `ray:"lpep_pickup_datetime"`
	Dropoff  time.Time `ray:"lpep_dropoff_datetime"`
	Distance float64   `ray:"trip_distance"`
	Fare     float64   `ray:"fare_amount"`
	Tip      float64   `ray:"tip_amount"`
}

type features struct {
	TripDuration float64
	Hour         int
	DayOfWeek    int
	IsBigTip     int
}

func makeFeatures(r ride) features {
	f := features{TripDuration: r.Dropoff.Sub(r.Pickup).Seconds(), Hour: r.Pickup.Hour(), DayOfWeek: (int(r.Pickup.Weekday()) + 6) % 7}
	if r.Fare > 0 && r.Tip/r.Fare > 0.2 {
		f.IsBigTip = 1
	}
	return f
}

// The features of the lesson, by expressions, by a batch function and by a row
// function, agree with each other and with pandas.
func TestTaxiFeatures(t *testing.T) {
	rides := ReadParquet(ailibtest.File(t, green)).DropNulls("passenger_count")
	byExpr := rides.
		WithColumn("trip_duration", Col("lpep_dropoff_datetime").Sub(Col("lpep_pickup_datetime")).Seconds()).
		WithColumn("hour", Col("lpep_pickup_datetime").Hour()).
		WithColumn("day_of_week", Col("lpep_pickup_datetime").Weekday()).
		WithColumn("is_big_tip", When(Col("fare_amount").Gt(0).And(Col("tip_amount").Div(Col("fare_amount")).Gt(0.2)), 1, 0)).
		SelectColumns("trip_duration", "hour", "day_of_week", "is_big_tip")
	byBatch := rides.MapBatches(func(b Batch) (Batch, error) {
		pickup, dropoff := b.Times("lpep_pickup_datetime"), b.Times("lpep_dropoff_datetime")
		fare, tip := b.Float64s("fare_amount"), b.Float64s("tip_amount")
		duration, hour, day, big := make([]float64, b.Len()), make([]int64, b.Len()), make([]int64, b.Len()), make([]int64, b.Len())
		for i := range duration {
			f := makeFeatures(ride{Pickup: pickup[i], Dropoff: dropoff[i], Fare: fare[i], Tip: tip[i]})
			duration[i], hour[i], day[i], big[i] = f.TripDuration, int64(f.Hour), int64(f.DayOfWeek), int64(f.IsBigTip)
		}
		return NewBatch().With("trip_duration", duration).With("hour", hour).With("day_of_week", day).With("is_big_tip", big), nil
	}, BatchSize(1000))
	byRow := rides.Map(makeFeatures)
	var all [][]features
	for _, ds := range []*Dataset{byExpr, byBatch, byRow} {
		row := must[Row](t)(ds.Aggregate(Count(), Mean("trip_duration"), Mean("hour"), Mean("day_of_week"), Sum("is_big_tip"), Min("trip_duration"), Max("trip_duration")))
		if row["count()"] != int64(53136) || !near(row["mean(trip_duration)"], 1075.5301678711232) || !near(row["mean(hour)"], 13.896887232761216) ||
			!near(row["mean(day_of_week)"], 2.7195874736525143) || row["sum(is_big_tip)"] != int64(25095) || row["max(trip_duration)"] != 86339.0 {
			t.Error(row)
		}
		all = append(all, must[[]features](t)(Collect[features](ds)))
	}
	if !reflect.DeepEqual(all[0], all[1]) || !reflect.DeepEqual(all[0], all[2]) {
		t.Error("expressions, batches and rows differ")
	}
	train, test, err := byExpr.TrainTestSplit(0.3)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := must[int64](t)(train.Count()), must[int64](t)(test.Count()); a != 37195 || b != 15941 {
		t.Error(a, b)
	}
}

func TestTaxisCSV(t *testing.T) {
	ds := ReadCSV(ailibtest.File(t, "nyc_taxi/taxis.csv"))
	if n := must[int64](t)(ds.Count()); n != 6433 {
		t.Error(n)
	}
	s := must[*Schema](t)(ds.Schema())
	if s.Type("pickup") != "timestamp[us]" || s.Type("passengers") != "int64" || s.Type("fare") != "float64" || s.Type("color") != "string" {
		t.Error(s)
	}
	var got []string
	for r, err := range ds.GroupBy("passengers").Mean("fare").IterRows() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d→%.3f", r["passengers"], r["mean(fare)"]))
	}
	if strings.Join(got, ", ") != "0→12.734, 1→13.037, 2→13.167, 3→14.016, 4→13.041, 5→12.569, 6→14.042" {
		t.Error(got)
	}
	nulls := must[Row](t)(ds.Aggregate(NullsOf("payment"), NullsOf("pickup_zone"), NullsOf("fare")))
	if nulls.String() != `{"null_count(fare)":0,"null_count(payment)":44,"null_count(pickup_zone)":26}` {
		t.Error(nulls)
	}
	train, test, err := ds.TrainTestSplit(0.3)
	if err != nil {
		t.Fatal(err)
	}
	colours := func(d *Dataset) string {
		return fmt.Sprint(must[[]Row](t)(d.GroupBy("color").Count().TakeAll()))
	}
	if got := colours(test); got != `[{"color":"green","count()":982} {"color":"yellow","count()":948}]` {
		t.Error(got)
	}
	if got := colours(train); got != `[{"color":"yellow","count()":4503}]` {
		t.Error(got)
	}
}

func TestSmallSets(t *testing.T) {
	cancer := ReadCSVWith(CSVOptions{SkipLines: 1, NoHeader: true}, ailibtest.File(t, "small/breast_cancer.csv"))
	if n, c := must[int64](t)(cancer.Count()), must[[]string](t)(cancer.Columns()); n != 569 || len(c) != 31 {
		t.Error(n, c)
	}
	train, test, err := cancer.TrainTestSplit(0.2)
	if err != nil || must[int64](t)(train.Count()) != 455 || must[int64](t)(test.Count()) != 114 {
		t.Error(err)
	}
	digits := ReadCSVWith(CSVOptions{NoHeader: true}, ailibtest.File(t, "small/digits.csv.gz"))
	if n, c := must[int64](t)(digits.Count()), must[[]string](t)(digits.Columns()); n != 1797 || len(c) != 65 {
		t.Error(n, len(c))
	}
	housing := ReadCSV(ailibtest.File(t, "california/housing.csv"))
	row := must[Row](t)(housing.Aggregate(NullsOf("total_bedrooms"), Mean("total_bedrooms")))
	if row["null_count(total_bedrooms)"] != int64(207) || !near(row["mean(total_bedrooms)"], 537.8705525375618) {
		t.Error(row)
	}
}

func TestParquetRoundTrip(t *testing.T) {
	dir := t.TempDir()
	ds := ReadParquet(ailibtest.File(t, green)).Limit(5000).Repartition(3)
	if err := ds.WriteParquet(dir); err != nil {
		t.Fatal(err)
	}
	if err := ds.WriteParquet(dir); err == nil || !strings.Contains(err.Error(), "Overwrite") {
		t.Error(err)
	}
	if err := ds.WriteParquet(dir, Overwrite()); err != nil {
		t.Fatal(err)
	}
	back := ReadParquet(dir)
	if n := must[int](t)(back.NumBlocks()); n != 3 {
		t.Errorf("%d blocks", n)
	}
	if !reflect.DeepEqual(must[[]Row](t)(ds.TakeAll()), must[[]Row](t)(back.TakeAll())) {
		t.Error("the rows differ")
	}
	csvDir := t.TempDir()
	if err := back.WriteCSV(csvDir); err != nil {
		t.Fatal(err)
	}
	csv := ReadCSV(csvDir)
	sums := func(d *Dataset) string {
		return must[Row](t)(d.Aggregate(Count(), Sum("fare_amount"), NullsOf("passenger_count"), Max("lpep_pickup_datetime"))).String()
	}
	if a, b := sums(ds), sums(csv); a != b {
		t.Errorf("%s, from CSV %s", a, b)
	}
}

// One row of a directory opens its first files only.
func TestFewRowsOpenFewFiles(t *testing.T) {
	dir := t.TempDir()
	if err := Range(100).Repartition(100).WriteParquet(dir); err != nil {
		t.Fatal(err)
	}
	ds := ReadParquet(dir)
	for i := 3; i < 100; i++ {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("part-%06d.parquet", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := values(t, ds, 1); got != "[0]" {
		t.Error(got)
	}
	if _, err := ds.TakeAll(); !errors.Is(err, ErrType) || !strings.Contains(err.Error(), "part-000003.parquet") {
		t.Error(err)
	}
}

// Row groups that a filter excludes by their statistics are not read.
func TestFiltersSkipRowGroups(t *testing.T) {
	dir := t.TempDir()
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	type row struct {
		ID int
		X  float64
		At time.Time
		N  *int
	}
	rows := make([]row, 100)
	for i := range rows {
		rows[i] = row{ID: i, X: float64(i) / 2, At: begin.Add(time.Duration(i) * time.Hour)}
	}
	if err := FromItems(rows).Repartition(10).WriteParquet(dir); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		e           Expr
		rows, files int
	}{
		{Col("id").Lt(5), 5, 1},
		{Col("id").Ge(10).And(Col("x").Lt(10)), 10, 1},
		{Col("id").Lt(5).Or(Col("id").Eq(99)), 6, 2},
		{Lit(95).Le(Col("id")), 5, 1},
		{Col("x").Gt(49.5), 0, 1}, // for the columns
		{Col("at").Ge(begin.Add(98 * time.Hour)), 2, 1},
		{Col("id").Ne(5), 99, 10},
		{Col("n").IsNull(), 100, 10},
		{Col("id").Add(1).Lt(5), 4, 10},
		{Col("n").Gt(3), 0, 10},
	} {
		ds := ReadParquet(dir).Filter(x.e)
		got := must[[]Row](t)(ds.TakeAll())
		files := must[*runStats](t)(lastRun(ds)).totals["ReadParquet"]
		if files == nil {
			files = &stepTotal{}
		}
		if len(got) != x.rows || files.tasks != x.files {
			t.Errorf("%s: %d rows of %d files, want %d of %d", x.e, len(got), files.tasks, x.rows, x.files)
		}
		if n := must[int64](t)(ReadParquet(dir).Filter(x.e).Count()); n != int64(x.rows) {
			t.Errorf("%s: count %d", x.e, n)
		}
	}
	if n := must[int64](t)(ReadParquet(dir).Count()); n != 100 {
		t.Error(n)
	}
}

func lastRun(ds *Dataset) (*runStats, error) {
	r, ok := lastRuns.Load(weak.Make(ds.last))
	if !ok {
		return nil, errors.New("not executed")
	}
	return r.(*runStats), nil
}

func TestReadMistakes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := FromItems([]named{{"x", 1}})
	if err := a.WriteParquet(filepath.Join(dir, "drift")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "drift/part-000000.parquet"), filepath.Join(dir, "drift/a.parquet")); err != nil {
		t.Fatal(err)
	}
	if err := a.RenameColumns(map[string]string{"data": "other"}).WriteParquet(filepath.Join(dir, "drift")); err != nil {
		t.Fatal(err)
	}
	// Widths of integers may differ between files.
	widths := filepath.Join(dir, "widths")
	if err := FromItems([]pair{{1, nil, 1}}).WriteParquet(filepath.Join(widths, "a")); err != nil {
		t.Fatal(err)
	}
	if err := FromItems([]map[string]any{{"fare_amount": 2, "name": "x", "id": 1 << 40}}).SelectColumns("fare_amount", "name", "id").WriteParquet(filepath.Join(widths, "b")); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(must[[]Row](t)(ReadParquet(widths).SelectColumns("fare_amount", "name").TakeAll())); got != `[{"fare_amount":1,"name":null} {"fare_amount":2,"name":"x"}]` {
		t.Error(got)
	}
	cwd, _ := os.Getwd()
	for _, x := range []struct {
		ds   *Dataset
		is   error
		says []string
	}{
		{ReadParquet("missing.parquet"), ErrNotFound, []string{`"missing.parquet"`, cwd}},
		{ReadParquet(dir + "/none*.parquet"), ErrNotFound, []string{"none*"}},
		{ReadParquet(write("bad.parquet", "not parquet at all")), ErrType, []string{"bad.parquet"}},
		{ReadParquet(filepath.Join(dir, "drift")), ErrSchema, []string{"part-000000.parquet", `"data" (int64) is missing`, `"other" (int64) is new`}},
		{ReadParquet(widths), ErrSchema, []string{"part-000000.parquet", `column "id"`, "1099511627776"}},
		{ReadParquet("s3://bucket/key.parquet"), ErrNotFound, []string{"s3://"}},
		{ReadCSV(write("short.csv", "a,b\n1,2\n3\n")), ErrType, []string{"short.csv:3", "1 fields where the header has 2"}},
		{ReadCSVWith(CSVOptions{Types: map[string]string{"a": "int64"}}, write("text.csv", "a,b\n1,2\n\n x,3\n")), ErrType, []string{"text.csv:4", `" x" is not int64`}},
		{ReadCSVWith(CSVOptions{Types: map[string]string{"aa": "int64"}}, write("t2.csv", "a,b\n1,2\n")), ErrColumn, []string{`did you mean "a"`}},
		{ReadCSV(write("empty.csv", "")), nil, []string{"empty.csv is empty"}},
		{ReadCSV(write("twice.csv", "a,a\n1,2\n")), ErrColumn, []string{"twice.csv", `"a"`}},
	} {
		_, err := x.ds.SelectColumns().TakeAll()
		if err == nil {
			_, err = x.ds.TakeAll()
		}
		if err == nil || x.is != nil && !errors.Is(err, x.is) {
			t.Errorf("error %v", err)
			continue
		}
		for _, s := range x.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%q does not say %q", err, s)
			}
		}
	}
	skipped := ReadCSVWith(CSVOptions{SkipBadRows: true}, filepath.Join(dir, "short.csv"))
	if n := must[int64](t)(skipped.Count()); n != 1 {
		t.Error(n)
	}
}

func TestCSVForms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	text := "\ufeffname, mean radius,when,ok,code,empty\r\n\"a, \"\"b\"\"\r\nc\",1.5,2024-01-02 03:04:05,true,007,\r\nNA,NA,,False,010,\r\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ds := ReadCSV(path)
	if got := fmt.Sprint(must[*Schema](t)(ds.Schema()).Types()); got != "[string float64 timestamp[us] bool string string]" {
		t.Error(got)
	}
	rows := must[[]Row](t)(ds.TakeAll())
	want := `[{"code":"007","empty":null,"mean radius":1.5,"name":"a, \"b\"\nc","ok":true,"when":"2024-01-02 03:04:05"} {"code":"010","empty":null,"mean radius":null,"name":"NA","ok":false,"when":null}]`
	if fmt.Sprint(rows) != want {
		t.Error(rows)
	}
}
