package sched_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/sched"
)

func (c *cluster) group(id sched.Group, p sched.Placement, bundles ...string) {
	var list []map[string]float64
	for _, b := range bundles {
		list = append(list, c.amounts(b))
	}
	c.AddGroup(id, list, p)
	c.settle()
}

func within(g sched.Group, bundle int) sched.Strategy {
	return sched.Strategy{Kind: sched.InGroup, Group: g, Bundle: bundle}
}

func TestPlacements(t *testing.T) {
	for _, test := range []struct {
		placement sched.Placement
		bundles   string
		want      string // nodes of the bundles
	}{
		{sched.Pack, "CPU 1; CPU 1; CPU 2", "2 2 2"},
		{sched.Pack, "CPU 1; CPU 3; CPU 2", "2 2 3"},
		{sched.Pack, "CPU 1; CPU 1; GPU 1", "1 1 1"},
		{sched.Pack, "CPU 9", ""},
		{sched.SpreadOut, "CPU 1; CPU 1; CPU 1", "2 3 1"},
		{sched.SpreadOut, "CPU 1; CPU 1; CPU 1; CPU 1", "2 3 1 2"},
		{sched.SpreadOut, "CPU 4; CPU 4; CPU 3", ""},
		{sched.StrictPack, "CPU 2; CPU 2", "2 2"},
		{sched.StrictPack, "CPU 2; CPU 3", ""},
		{sched.StrictPack, "GPU 0.6; GPU 0.6", "1 1"},
		{sched.StrictPack, "GPU 0.6; GPU 0.6; GPU 0.6", ""},
		{sched.Pack, "GPU 0.5; GPU 0.5; GPU 1", "1 1 1"},
		{sched.StrictSpreadOut, "CPU 1; CPU 1; CPU 1", "2 3 1"},
		{sched.StrictSpreadOut, "CPU 1; CPU 1; CPU 1; CPU 1", ""},
	} {
		c := newCluster(t, "CPU 2, GPU 2", "CPU 4", "CPU 4")
		before := fmt.Sprint(c.Available())
		c.group(7, test.placement, strings.Split(test.bundles, ";")...)
		want := ""
		if test.want != "" {
			want = "group 7 on " + test.want
		}
		c.wants(test.placement.String()+" "+test.bundles, strings.Join(c.said, "\n"), want)
		if c.said = nil; want == "" {
			c.wants("reserved by a group that waits", fmt.Sprint(c.Available()), before)
		}
		c.RemoveGroup(7)
		c.wants("after the removal", fmt.Sprint(c.Available()), before)
	}
}

func TestTasksInBundles(t *testing.T) {
	c := newCluster(t, "CPU 4", "CPU 4")
	c.group(1, sched.StrictSpreadOut, "CPU 2", "CPU 1")
	c.saidSo("group 1 on 1 2")
	c.wants("in bundle 0", c.submit(1, 3, "CPU 1", within(1, 0)), "1 1 -")
	c.wants("in any bundle", c.submit(4, 5, "CPU 1", within(1, -1)), "2 -")
	c.wants("in none", c.submit(6, 11, "CPU 1", sched.Strategy{}), "2 1 2 1 2 -")
	c.done(1)
	c.wants("a place in bundle 0", c.where(3, 5), "1 2 -")
	c.submit(20, 20, "CPU 2", within(1, 1))
	c.submit(21, 21, "CPU 1", within(1, 2))
	c.submit(22, 22, "CPU 3", within(1, -1))
	c.submit(23, 23, "CPU 1", within(9, 0))
	c.saidSo(`reject 20: bundle 1 of its placement group is smaller than what it asks for
reject 21: its placement group has 2 bundle(s), there is no bundle 2
reject 22: no bundle of its placement group is as large as what it asks for
reject 23: its placement group has been removed`)
}

func TestRemovalEvicts(t *testing.T) {
	c := newCluster(t, "CPU 4")
	c.group(1, sched.Pack, "CPU 2", "CPU 2")
	c.saidSo("group 1 on 1 1")
	c.submit(1, 3, "CPU 2", within(1, -1))
	c.wants("outside", c.submit(4, 4, "CPU 2", sched.Strategy{}), "-")
	c.Blocked(c.runs[1])
	c.settle()
	c.wants("the blocked one lends to its bundle", c.where(3, 4), "1 -")
	c.submit(5, 5, "CPU 2", within(1, 0))
	c.RemoveGroup(1)
	c.settle()
	c.saidSo(`evict 1: its placement group has been removed
evict 2: its placement group has been removed
evict 3: its placement group has been removed
reject 5: its placement group has been removed`)
	for w := sched.Worker(1); w <= 3; w++ {
		c.WorkerLost(w)
	}
	c.settle()
	c.wants("outside, afterwards", c.where(4, 4), "1")
	c.wants("available", fmt.Sprint(c.Available()), "map[CPU:2]")
}

func TestGroupsOutliveNodes(t *testing.T) {
	c := newCluster(t, "CPU 2", "CPU 2")
	c.group(1, sched.StrictSpreadOut, "CPU 2", "CPU 1")
	c.group(2, sched.StrictPack, "CPU 3")
	c.saidSo("group 1 on 1 2")
	c.wants("running", c.submit(1, 2, "CPU 1", within(1, 0)), "1 1")
	c.kill(1)
	c.saidSo("group 1 lost bundles")
	if _, why := c.ExplainGroup(1); why != "STRICT_SPREAD needs a node for each of 2 bundles, the cluster has 1" {
		t.Error(why)
	}
	c.submit(3, 3, "CPU 1", within(1, 0))
	c.add("n3", "CPU 4")
	c.saidSo("group 1 on 3 2")
	c.wants("in the new place", c.where(3, 3), "3")
	reasons, why := c.ExplainGroup(2)
	c.wants("the other group", fmt.Sprint(reasons, why), "[n2: all bundles together: asks for CPU 3, has 2 n3: all bundles together: asks for CPU 3, 2 of 4 is free]")
}

func TestGPUsOfBundles(t *testing.T) {
	c := newCluster(t, "GPU 3")
	c.group(1, sched.Pack, "GPU 0.5", "GPU 2")
	c.submit(1, 2, "GPU 1", within(1, 1))
	c.wants("wholes of a bundle", c.where(1, 2), "1 1")
	c.wants("a share of a bundle", c.submit(3, 4, "GPU 0.3", within(1, 0)), "1 -")
	c.wants("outside", c.submit(5, 6, "GPU 0.5", sched.Strategy{}), "1 -")
	c.RemoveGroup(1)
	for _, task := range []sched.Task{1, 2, 3} {
		c.WorkerLost(c.runs[task])
	}
	c.settle()
	c.wants("afterwards", fmt.Sprint(c.where(6, 6), " ", c.Available()), "1 map[GPU:2]")
}

func TestBundlesLeaveADrainedNode(t *testing.T) {
	c := newCluster(t, "CPU 2", "CPU 2")
	c.group(1, sched.Pack, "CPU 1", "CPU 1")
	c.saidSo("group 1 on 1 1")
	c.wants("running", c.submit(1, 1, "CPU 1", within(1, 0)), "1")
	c.DrainNode(1)
	c.settle()
	c.saidSo("group 1 lost bundles\ngroup 1 on 1 2")
	c.wants("in the bundle that moved", c.submit(2, 2, "CPU 1", within(1, 1)), "2")
	c.done(1)
	c.saidSo("drained 1\ngroup 1 lost bundles\ngroup 1 on 2 2")
	c.wants("in the other", c.submit(3, 3, "CPU 1", within(1, 0)), "2")
}

func TestBundlesOfOneNodeMoveTogether(t *testing.T) {
	c := newCluster(t, "CPU 2", "CPU 2")
	c.group(1, sched.StrictPack, "CPU 1", "CPU 1")
	c.submit(1, 1, "CPU 1", within(1, 0))
	c.DrainNode(1)
	c.settle()
	c.saidSo("group 1 on 1 1")
	c.wants("it is used as before", c.submit(2, 2, "CPU 1", within(1, 1)), "1")
	c.done(1)
	c.done(2)
	c.saidSo("drained 1\ngroup 1 lost bundles\ngroup 1 on 2 2")
}

func TestSharesOfGPUsThatAreInUse(t *testing.T) {
	c := newCluster(t, "GPU 2")
	c.submit(1, 2, "GPU 0.4", sched.Strategy{}) // both on the first
	c.submit(3, 3, "GPU 0.3", sched.Strategy{}) // on the second
	c.group(1, sched.StrictPack, "GPU 0.2", "GPU 0.7")
	c.saidSo("group 1 on 1 1")
}
