// Package train fits models on datasets, in one worker or data-parallel in
// several, and keeps the results as checkpoints.
//
//	result, err := train.XGBoost{
//		Label:        "is_big_tip",
//		Rounds:       50,
//		Params:       map[string]any{"objective": "binary:logistic", "tree_method": "approx"},
//		Datasets:     map[string]*data.Dataset{"train": trainSet, "valid": validSet},
//		Preprocessor: preprocess.NewMinMaxScaler("trip_distance", "trip_duration"),
//		Scaling:      train.ScalingConfig{NumWorkers: 2},
//	}.Fit()
//	fmt.Println(result.Metrics["valid-logloss"], result.Checkpoint.Path())
//
// # Mental model
//
// Fit runs in the driver: it fits and applies the preprocessor, materialises
// the data sets in the object store, starts an actor per worker, gives each an
// equal part of the rows, and leads them through the rounds one by one. The
// workers add their histograms over the network, so that all grow the same
// trees as one worker with all rows would (up to the rounding of sums, and to
// the cut points that a distributed sketch proposes).
//
// After every round each data set is evaluated; the metrics are called
// "<data set>-<metric>", such as "valid-logloss". A live chart shows them.
//
// A [Checkpoint] is a directory with the model in XGBoost's own format, which
// Python's xgboost loads, the fitted preprocessor, and metadata with
// checksums. It appears complete or not at all. The run's directory is
// <StoragePath>/<Name>, with checkpoint_000049 for the 50th round.
//
// When a worker is lost, its group is started again from the last checkpoint,
// as often as FailureConfig allows. An error of the training itself, such as a
// wrong value of a parameter, ends it at once.
//
// [DataParallel] runs a function of your own in the same way.
package train
