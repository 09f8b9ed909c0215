// Package launcher brings up real Ray clusters from a cluster file: "goray up CLUSTER.yaml", and
// down, attach, exec, submit, rsync-up, rsync-down, monitor, dashboard, get-head-ip and
// get-worker-ips.
//
// The work on machines is Ray's own launcher's, of a Python environment that has Ray. What comes
// before it is ours, because that is where people lose their evening:
//
//   - The file is read with the line of every key. An unknown key, a wrong type and a missing key
//     are reported with line, reason and the likely meaning; indentation that was lost on the way
//     (files copied from a page) is put back where only one reading is possible, and pointed at
//     where there are several.
//   - --dry-run prints the plan: head, workers from least to most, machine types, place, ssh user,
//     what is copied, what is run. It needs neither an account nor Ray.
//   - What is missing (a project, credentials, a Python module, ssh) is named, all of it at once,
//     before anything is created.
//   - The file that Ray gets is ours, written beside the cache: it holds in addition what goray needs
//     on the nodes, which is its binary in ~/.goray/bin and the Ray release of this release. Nothing
//     needs root.
//
// Kubernetes has no launcher in Ray: provider "kubernetes" renders KubeRay's manifests (package
// kuberay) and applies them with kubectl. Provider "fake_multinode" is a cluster on this machine
// whose nodes are processes that Ray's autoscaler starts and stops: the way to try autoscaling.
//
// The mental model, from the file to the machines:
//
//	Load (repair, validate) → Cluster → Plan → Missing → effective file → Ray's launcher
package launcher
