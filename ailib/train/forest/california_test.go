package forest_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/ailib/train/forest"
)

// california derives scikit-learn's columns from the StatLib file.
func california(t testing.TB) (forest.Table, []float64) {
	t.Helper()
	f, err := os.Open(ailibtest.File(t, "california/cal_housing.data"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	x := forest.Table{
		Names:   []string{"MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"},
		Columns: make([][]float64, 8),
	}
	var y []float64
	for _, rec := range records {
		var v [9]float64
		for i := range v {
			if v[i], err = strconv.ParseFloat(rec[i], 64); err != nil {
				t.Fatal(err)
			}
		}
		longitude, latitude, age, rooms, bedrooms, people, households, income, value := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]
		for i, c := range []float64{income, age, rooms / households, bedrooms / households, people, people / households, latitude, longitude} {
			x.Columns[i] = append(x.Columns[i], c)
		}
		y = append(y, value/100_000)
	}
	return x, y
}

// TestCaliforniaHousing compares with scikit-learn 1.5.2: RandomForestRegressor(n, random_state=201)
// after train_test_split(test_size=0.2, random_state=201).
func TestCaliforniaHousing(t *testing.T) {
	x, y := california(t)
	trainX, testX, trainY, testY, err := forest.Split(x, y, 0.2, 201)
	if err != nil {
		t.Fatal(err)
	}
	if len(trainY) != 16512 || len(testY) != 4128 || trainX.Columns[0][0] != 3.875 || trainY[0] != 1.403 {
		t.Errorf("the split differs: %d and %d rows, first %g, %g", len(trainY), len(testY), trainX.Columns[0][0], trainY[0])
	}
	m, err := forest.Fit(trainX, trainY, forest.Config{Trees: 20, Seed: 201})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]float64{1: 0.5752826357556927, 8: 0.29829161439085017, 20: 0.271639711770444}
	for n, mse := range want {
		part := forest.Model{Width: m.Width, Trees: m.Trees[:n]} // the first trees of a forest are a smaller forest
		got, err := part.Predict(testX)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d trees: MSE %.6f, scikit-learn's %.6f", n, forest.MSE(testY, got), mse)
		if d := math.Abs(forest.MSE(testY, got) - mse); d > 1e-12 {
			t.Errorf("%d trees: MSE %g, want %g", n, forest.MSE(testY, got), mse)
		}
	}
	if n := len(m.Trees[0].Nodes); n != 20057 {
		t.Errorf("the first tree has %d nodes, scikit-learn's 20,057", n)
	}
}

func BenchmarkFit20(b *testing.B) {
	x, y := california(b)
	for b.Loop() {
		if _, err := forest.Fit(x, y, forest.Config{Trees: 20, Seed: 201}); err != nil {
			b.Fatal(err)
		}
	}
}
