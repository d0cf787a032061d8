package spark

import (
	"maps"
	"strings"
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

func TestValidReference(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	for _, good := range []string{"a", "a/b:1@sha512:" + strings.Repeat("0123456789abcdef", 8), "apache/spark", "apache/spark:3.5.6-scala2.12-java17-ubuntu", "registry.example.org/team/spark-webhook:0.1.0", "localhost:5000/a:1",
		"localhost/a", "registry:5000/a/b_c__d", "10.0.0.1:5000/a:1" + digest, "a/b" + digest, "[fd00::1]:5000/a", "Registry.Example.org/a"} {
		if !ValidReference(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"a@sha1:" + strings.Repeat("0123456789", 4), "a@md5:" + strings.Repeat("0", 32), "a:${TAG}", "a/ä:1", "a@SHA256:" + digest[8:], strings.Repeat("a/", 600) + "a", "", " ", "a b", ":::!", "a:", "a@", "a@sha256:1", "A/b:1", "a/B:1", "/a", "a/", "a//b", "https://h/a:1", "a:1:2", "a:tag/with", "-a", "a:" + strings.Repeat("x", 129), "a\n"} {
		if ValidReference(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}
