package spark

import (
	"maps"
	"testing"
)

func TestImageAndNodesOfARole(t *testing.T) {
	conf := Conf{
		"spark.kubernetes.container.image":               {Value: "both"},
		"spark.kubernetes.executor.container.image":      {Value: "executors"},
		"spark.kubernetes.node.selector.disk":            {Value: "any"},
		"spark.kubernetes.node.selector.zone":            {Value: "a"},
		"spark.kubernetes.executor.node.selector.disk":   {Value: "ssd"},
		"spark.kubernetes.driver.node.selector.dedicate": {Value: "drivers"},
	}
	if ImageOf(conf, Executor) != "executors" || ImageOf(conf, Driver) != "both" || ImageOf(nil, Driver) != "" {
		t.Errorf("images: %s, %s, %s", ImageOf(conf, Executor), ImageOf(conf, Driver), ImageOf(nil, Driver))
	}
	if got := NodeSelector(conf, Executor); !maps.Equal(got, map[string]string{"disk": "ssd", "zone": "a"}) {
		t.Errorf("nodes: %v", got)
	}
}
