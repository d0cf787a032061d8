package workload_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

func TestConfigurationFilesAreFoundThroughTheMounts(t *testing.T) {
	texts := workload.Texts{}
	for name, data := range map[string]map[string]string{
		"conf":  {"log4j2.properties": "a", "spark-defaults.conf": "b", workload.KeyProperties: "c", "job.jar": strings.Repeat("d", 64<<10+1), "edge.xml": strings.Repeat("x", 64<<10)},
		"large": {"log4j2.properties": "a", "big.xml": strings.Repeat("x", 64<<10+1)},
		"logs":  {"l": "no configuration", "log4j.properties": "own"},
	} {
		raw, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name, "namespace": "a"}, "data": data})
		if err != nil {
			t.Fatal(err)
		}
		f, err := source.Open("x.yaml", raw)
		if err != nil {
			t.Fatal(err)
		}
		texts.Add(f.Docs[0])
	}
	texts.Missing(workload.Ref{"a", "gone"})
	for _, other := range []*workload.Document{{Kind: "Secret", Namespace: "a", Name: "unread", Raw: []byte(`{"data":{"a.conf":"x"}}`)}, {Kind: "ConfigMap", Namespace: "a", Name: "unread", Raw: []byte(`{"data":7}`)}, {Properties: true}} {
		texts.Add(other)
	}
	const volumes = `volumes: [{name: conf, configMap: {name: conf}}, {name: logs, configMap: {name: logs}}, {name: gone, configMap: {name: gone}}, {name: unread, configMap: {name: unread}}, {name: large, configMap: {name: large}},
  {name: items, configMap: {name: conf, items: [{key: spark-defaults.conf, path: other.conf}]}}, {name: secret, secret: {secretName: s}},
  {name: both, projected: {sources: [{configMap: {name: conf}}, {configMap: {name: logs}}]}}, {name: mixed, projected: {sources: [{configMap: {name: conf}}, {secret: {name: s}}]}}]`
	edge := strings.Repeat("x", 64<<10)
	whole := map[string]string{"log4j2.properties": "a", "spark-defaults.conf": "b", "edge.xml": edge}
	for _, c := range []struct {
		name, env, mounts string
		files             map[string]string // nil: not known
		whole             bool
	}{
		{"nothing", "", "", map[string]string{}, false},
		{"elsewhere", "", "{name: secret, mountPath: /data}", map[string]string{}, false},
		{"folder", "", "{name: conf, mountPath: /opt/spark/conf/}", whole, true},
		{"bitnami's folder", "", "{name: conf, mountPath: /opt/bitnami/spark/conf}", whole, true},
		{"folder that the environment names", "{name: SPARK_CONF_DIR, value: /etc/x}", "{name: conf, mountPath: /etc/x}", whole, true},
		{"another than the environment names", "{name: SPARK_CONF_DIR, value: /etc/x}", "{name: conf, mountPath: /opt/spark/conf}", map[string]string{}, false},
		{"environment that cannot be read", "{name: SPARK_CONF_DIR, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}", "{name: conf, mountPath: /opt/spark/conf}", nil, false},
		{"empty in the environment", "{name: SPARK_CONF_DIR, value: ''}", "{name: conf, mountPath: /opt/spark/conf}", whole, true},
		{"one file", "", "{name: logs, mountPath: /opt/spark/conf/log4j.properties, subPath: log4j.properties}", map[string]string{"log4j.properties": "own"}, false},
		{"one file under another name", "", "{name: logs, mountPath: /opt/spark/conf/log4j2.properties, subPath: log4j.properties}", map[string]string{"log4j2.properties": "own"}, false},
		{"one file over the folder", "", "{name: logs, mountPath: /opt/spark/conf/log4j2.properties, subPath: log4j.properties}, {name: conf, mountPath: /opt/spark/conf}", map[string]string{"log4j2.properties": "own", "spark-defaults.conf": "b", "edge.xml": edge}, true},
		{"one of the items", "", "{name: items, mountPath: /opt/spark/conf/a.conf, subPath: other.conf}", map[string]string{"a.conf": "b"}, false},
		{"none of the items", "", "{name: items, mountPath: /opt/spark/conf/a.conf, subPath: spark-defaults.conf}", map[string]string{}, false},
		{"items", "", "{name: items, mountPath: /opt/spark/conf}", map[string]string{"other.conf": "b"}, true},
		{"projected", "", "{name: both, mountPath: /opt/spark/conf}", map[string]string{"log4j2.properties": "a", "spark-defaults.conf": "b", "log4j.properties": "own", "edge.xml": edge}, true},
		{"projected with a secret", "", "{name: mixed, mountPath: /opt/spark/conf}", nil, false},
		{"secret", "", "{name: secret, mountPath: /opt/spark/conf}", nil, false},
		{"no such volume", "", "{name: x, mountPath: /opt/spark/conf}", nil, false},
		{"map that does not exist", "", "{name: gone, mountPath: /opt/spark/conf}", map[string]string{}, true},
		{"map that was not read", "", "{name: unread, mountPath: /opt/spark/conf}", nil, false},
		{"map of which a file is too large", "", "{name: large, mountPath: /opt/spark/conf}", nil, false},
		{"volume above", "", "{name: conf, mountPath: /opt/spark}", nil, false},
		{"volume above what the environment names", "{name: SPARK_CONF_DIR, value: /etc/x}", "{name: conf, mountPath: /etc}", nil, false},
		{"folder below", "", "{name: conf, mountPath: /opt/spark/conf/more}", nil, false},
		{"part of a map", "", "{name: conf, mountPath: /opt/spark/conf, subPath: x}", nil, false},
		{"path by expression", "", "{name: conf, mountPath: /opt/spark/conf, subPathExpr: $(A)}", nil, false},
	} {
		var template corev1.PodTemplateSpec
		text := fmt.Sprintf("spec:\n  %s\n  containers: [{name: side}, {name: spark, env: [%s], volumeMounts: [%s]}]\n", volumes, c.env, c.mounts)
		if err := yaml.Unmarshal([]byte(text), &template); err != nil {
			t.Fatal(err)
		}
		folder := workload.ConfFolderOf("a", &template, 1)
		if got := texts.Files(folder); !reflect.DeepEqual(got, c.files) || folder != nil && got != nil && folder.Whole != c.whole {
			t.Errorf("%s: %v, folder %+v, want %v and %v", c.name, got, folder, c.files, c.whole)
		}
	}
}
