package rayhead

// without are the scenarios that Ray itself cannot pass, with the reason, by the beginning of the version;
// "" is every version.
var without = map[string]map[string]string{"": {
	"what no node can run waits, and says why":                          "Ray does not say what a task waits for",
	"people are warned of what no node can run":                         "Ray's autoscaler warns in a log of its own",
	"explanations of what runs, has failed, or is an actor":             "Ray does not explain",
	"an object is copied to a node once":                                "Ray does not count what it copies",
	"the driver's node stays, and others are told by name":              "Ray's nodes are not a driver's to remove",
	"a drained node ends when its work is done, and leaves its objects": "Ray's nodes are not a driver's to remove",
	"nodes with little memory come and go under fire":                   "Ray's smallest store, 75 MiB, is larger than those of the scenario",
}, "2.9.": {
	"a running call can be cancelled":                "Ray 2.9.3 does not cancel a running call of an actor that is not asynchronous",
	"a task that waits at its deadline never starts": "Ray 2.9.3 cancels a task that waits for its arguments when they are there",
	"a group outlives a node":                        "Ray 2.9.3 runs a task that asks for nothing outside of its group, after the group has lost a node",
}}
