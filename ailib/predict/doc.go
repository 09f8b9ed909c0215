// Package predict applies trained models: to whole datasets, in parallel, and
// to single records, for serving.
//
//	predictions := predict.NewBatch(result.Checkpoint).Predict(trips, predict.KeepColumns("is_big_tip"))
//	accuracy, err := predict.Accuracy(predictions, "predictions", "is_big_tip")
//
//	p, err := predict.Load(result.Checkpoint)
//	answers, err := p.PredictRecords([]map[string]any{{"trip_distance": 2.1, "fare_amount": 9.5}})
//
// # Mental model
//
// A checkpoint says which columns its model takes and holds the preprocessor
// that was fitted with it. Both ways of predicting pick these columns, apply
// the preprocessor once, and run the model. A column that the model does not
// take is ignored; one that it takes and that is missing is an error.
//
// Batch prediction is a step of a dataset like any other: lazy, one row out
// for each row in, in the same order, with the result in the column
// "predictions". The model is loaded once in each worker process.
package predict
