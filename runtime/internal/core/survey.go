package core

// Surveyor is implemented by backends whose state another system keeps, which has to be asked for it.
type Surveyor interface {
	// Survey tells of "tasks", "actors", "workers" or "objects", the field of State that it fills.
	Survey(what string) (State, error)
	// Account tells of a task or an actor what Explainer does, as far as the other system says it.
	Account(id ID) (Explanation, error)
}
