// Package kuberay renders the manifests with which KubeRay runs a Ray cluster on Kubernetes:
// a RayCluster, a RayJob that has one of its own, and a RayService.
//
//	m, err := kuberay.Render(kuberay.Options{Name: "lab", Workers: []kuberay.Group{{Name: "small", Max: 3}}})
//
// The text is YAML with a fixed order of keys, so that two renderings can be compared. Check reads
// manifests back and reports what KubeRay's custom resource definitions would refuse, in the parts
// that Render writes: it is a structural check without a cluster and without the definitions.
//
// Nodes need Ray alone: workers of goray travel through Ray. A job that runs "goray run" or a
// compiled program finds goray on its PATH when GorayImage names an image that holds it; the image
// is copied by an init container, as the user that the Ray image runs as.
package kuberay
