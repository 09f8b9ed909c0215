// Package xgboost binds libxgboost 3.2, the C library of XGBoost, without cgo.
//
//	data, err := xgboost.NewDMatrix([]xgboost.Column{
//		{Name: "distance", Values: distance}, // []float32, NaN = missing
//		{Name: "fare", Values: fare},
//	}, xgboost.MatrixOptions{Label: tipped})
//	booster, err := xgboost.NewBooster(xgboost.Params{"objective": "binary:logistic"}, data)
//	for round := range 50 {
//		err = booster.Update(round, data)
//	}
//	scores, err := booster.Predict(data, xgboost.PredictOptions{})
//
// # Mental model
//
// The shared library is opened once per process, on first use, from the first
// of: $GORAY_LIBXGBOOST, the user's cache directory (where [Install] puts it),
// the folder xgboost beside the running program,
// the system's library path. [Check] tells whether that works and, where it
// does not, which command mends it.
//
// A [DMatrix] is a copy of columns in XGBoost's own form. A [Booster] is a
// model together with its training state; one call of Update adds one round
// of trees. XGBoost keeps state per OS thread (its communicator, its OpenMP
// team, its last error), therefore a training belongs on one [Thread].
//
// Several processes train one model together when each holds a part of the
// rows and all have joined the [Tracker] of one of them: histograms are then
// added over the group and every member grows the same trees.
//
// This is the low level. Programs normally use package train, which trains on
// a Dataset in worker processes and writes checkpoints.
package xgboost
