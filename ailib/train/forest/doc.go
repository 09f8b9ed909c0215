// Package forest grows random forests of regression trees, as scikit-learn's
// RandomForestRegressor does: the same seed gives the same trees.
//
//	model, err := forest.Fit(train, prices, forest.Config{Trees: 20, Seed: 201})
//	predicted, err := model.Predict(test)
//
// Mental model:
//
//   - A Table is columns of numbers of the same length. The trees see them as float32, as scikit-learn's do.
//   - Every tree grows on a bootstrap sample of the rows (as many as there are, drawn with repetition)
//     and looks at every column for each split (max_features=1.0); it splits where the squared error
//     falls most, until leaves are pure.
//   - A forest predicts the mean of its trees. Trees grow one after another, so that a task
//     uses the one CPU it asked for; grow many forests at the same time with ray.Remote.
//
// Sources: L. Breiman, "Random Forests", Machine Learning 45 (2001); the order in which random
// numbers are drawn, and the treatment of ties and of constant columns, are those of scikit-learn 1.x.
package forest
