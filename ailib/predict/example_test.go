package predict_test

import (
	"fmt"
	"log"
	"os"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/predict"
	"github.com/goray/goray/ailib/train"
)

func Example() {
	dir, err := os.MkdirTemp("", "predict")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	x, label := make([]float64, 200), make([]bool, 200)
	for i := range x {
		x[i] = float64(i*37%200 + 1)
		label[i] = x[i] > 100
	}
	points := data.FromColumns(map[string]any{"x": x, "label": label})
	result, err := train.XGBoost{
		Label: "label", Params: map[string]any{"objective": "binary:logistic"},
		Datasets: map[string]*data.Dataset{"train": points},
		Run:      train.RunConfig{StoragePath: dir, Verbose: train.Quiet},
	}.Fit()
	if err != nil {
		log.Fatal(err)
	}

	// A whole dataset, compared with the truth.
	predictions := predict.NewBatch(result.Checkpoint).Predict(points, predict.KeepColumns("label"))
	accuracy, err := predict.Accuracy(predictions, "predictions", "label")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("accuracy:", accuracy)

	// Single records, as a server gets them.
	model, err := predict.Load(result.Checkpoint)
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	answers, err := model.PredictRecords([]map[string]any{{"x": 3}, {"x": 180}})
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range answers {
		fmt.Println(a["predictions"].(float64) > 0.5)
	}
	// Output:
	// accuracy: 1
	// false
	// true
}
