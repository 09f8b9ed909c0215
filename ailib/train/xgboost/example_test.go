package xgboost_test

import (
	"fmt"
	"log"

	"github.com/goray/goray/ailib/train/xgboost"
)

func Example() {
	// Whether a number is greater than 4, learned from sixteen examples.
	var x, y []float32
	for i := range 16 {
		x = append(x, float32(i%8))
		label := float32(0)
		if i%8 > 4 {
			label = 1
		}
		y = append(y, label)
	}
	data, err := xgboost.NewDMatrix([]xgboost.Column{{Name: "x", Values: x}}, xgboost.MatrixOptions{Label: y})
	if err != nil {
		log.Fatal(err)
	}
	defer data.Close()
	booster, err := xgboost.NewBooster(xgboost.Params{
		"objective": "binary:logistic", "eval_metric": "error", "nthread": 1,
	}, data)
	if err != nil {
		log.Fatal(err)
	}
	defer booster.Close()
	for round := range 5 {
		if err := booster.Update(round, data); err != nil {
			log.Fatal(err)
		}
	}
	scores, err := booster.Eval(4, xgboost.EvalSet{Name: "train", Data: data})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scores[0].Name, scores[0].Value)

	p, err := booster.Predict(data, xgboost.PredictOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Values[4] < 0.5, p.Values[5] > 0.5)
	// Output:
	// train-error 0
	// true true
}

// A parameter that XGBoost does not know is refused before anything runs.
func ExampleParams_Check() {
	fmt.Println(xgboost.Params{"learning_rat": 0.1}.Check())
	// Output: xgboost: unknown parameter "learning_rat"; did you mean "learning_rate"?
}
