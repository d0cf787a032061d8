package carry

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// TestARenamedKeyKeepsItsPlaceInEveryFile: nothing but the key is another, whatever holds the configuration.
func TestARenamedKeyKeepsItsPlaceInEveryFile(t *testing.T) {
	const from, to, value = "spark.sql.shuffle.partition", "spark.sql.shuffle.partitions", "400"
	deployment := func(args string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: connect}\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: apache/spark:3.5.6\n" +
			"        command: [/opt/spark/sbin/start-connect-server.sh]\n        args:\n" + args
	}
	job := func(args string) string {
		return "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec:\n      containers:\n      - name: c\n        image: apache/spark:3.5.6\n" +
			"        command: [/opt/spark/bin/spark-submit]\n        args:\n        - --master=k8s://https://kubernetes.default\n        - --deploy-mode=cluster\n" + args + "        - local:///x.jar\n"
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"Kubeflow": {"a.yaml",
			"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  sparkConf:\n    spark.a: '1'\n    # the nightly join\n    \"" + from + "\": \"400\" # measured\n    spark.b: '2'\n",
			"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  sparkConf:\n    spark.a: '1'\n    # the nightly join\n    \"" + to + "\": \"400\" # measured\n    spark.b: '2'\n"},
		"its only setting": {"a.yaml",
			"apiVersion: spark.apache.org/v1\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  sparkConf:\n    # why\n    " + from + ": '400'\n",
			"apiVersion: spark.apache.org/v1\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  sparkConf:\n    # why\n    " + to + ": '400'\n"},
		"JSON": {"a.json",
			`{"apiVersion":"spark.apache.org/v1","kind":"SparkApplication","metadata":{"name":"x"},"spec":{"sparkConf":{"` + from + `": "400","spark.b":"2"}}}`,
			`{"apiVersion":"spark.apache.org/v1","kind":"SparkApplication","metadata":{"name":"x"},"spec":{"sparkConf":{"` + to + `": "400","spark.b":"2"}}}`},
		"properties": {"spark-defaults.conf", "spark.a  1\n# why\n" + from + "   400\nspark.b  2\n", "spark.a  1\n# why\n" + to + "   400\nspark.b  2\n"},
		"ConfigMap": {"a.yaml",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  spark-defaults.conf: |\n    spark.a 1\n    # why\n    " + from + " 400\n    spark.b 2\n",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  spark-defaults.conf: |\n    spark.a 1\n    # why\n    " + to + " 400\n    spark.b 2\n"},
		"arguments of a server": {"a.yaml",
			deployment("        - --conf # how\n        - \"" + from + "=400\" # why\n        - --conf\n        - spark.b=2\n"),
			deployment("        - --conf # how\n        - \"" + to + "=400\" # why\n        - --conf\n        - spark.b=2\n")},
		"joined arguments of a server": {"a.yaml",
			deployment("        - --conf=" + from + "=400 # why\n        - --conf=spark.b=2\n"),
			deployment("        - --conf=" + to + "=400 # why\n        - --conf=spark.b=2\n")},
		"arguments of spark-submit": {"a.yaml",
			job("        # how\n        - --conf\n        - '" + from + "=400' # why\n        - --conf\n        - spark.b=2\n"),
			job("        # how\n        - --conf\n        - '" + to + "=400' # why\n        - --conf\n        - spark.b=2\n")},
		"joined arguments of spark-submit": {"a.yaml",
			job("        - --conf=" + from + "=400 # why\n"), job("        - --conf=" + to + "=400 # why\n")},
	} {
		f, err := source.Open(c.file, []byte(c.text))
		if err != nil {
			t.Fatal(name, err)
		}
		d := f.Docs[0]
		made := ConfGroups(d, [][]spark.Change{{{Key: from, Unset: true}, {Key: to, Value: value, From: from}}})[0]
		if made.Refused != nil {
			t.Errorf("%s: %+v", name, made.Refused)
			continue
		}
		if err := f.Edit(d, made.Ops); err != nil || string(f.Bytes()) != c.want {
			t.Errorf("%s: %v, %+v\ngot\n%s\nwant\n%s", name, err, made.Ops, f.Bytes(), c.want)
		}
	}
}

// TestARenamedKeyWithAnotherValueKeepsItsPlace: the value is changed where the key stands.
func TestARenamedKeyWithAnotherValueKeepsItsPlace(t *testing.T) {
	f, err := source.Open("x.properties", []byte("spark.old=1\n# why\nspark.z=2\n"))
	if err != nil {
		t.Fatal(err)
	}
	made := ConfGroups(f.Docs[0], [][]spark.Change{{{Key: "spark.old", Unset: true}, {Key: "spark.new", Value: "3", From: "spark.old"}}})[0]
	if err := f.Edit(f.Docs[0], made.Ops); err != nil || string(f.Bytes()) != "spark.new=3\n# why\nspark.z=2\n" {
		t.Errorf("%v, %+v: %q", err, made, f.Bytes())
	}
}

// TestAKeyIsMovedWhereItsFieldIs: a key that the operator has a field for goes there, and no other key of the group takes its place.
func TestAKeyIsMovedWhereItsFieldIs(t *testing.T) {
	text := "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: x}\nspec:\n  sparkConf:\n    spark.kubernetes.executor.memoryOverhead: 3g\n    spark.z: '1'\n  executor:\n    memory: 1g\n"
	f, err := source.Open("x.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	made := ConfGroups(f.Docs[0], [][]spark.Change{{{Key: "spark.kubernetes.executor.memoryOverhead", Unset: true}, {Key: "spark.executor.memoryOverhead", Value: "3g", From: "spark.kubernetes.executor.memoryOverhead"}}})[0]
	if err := f.Edit(f.Docs[0], made.Ops); err != nil || f.Docs[0].Conf["spark.executor.memoryOverhead"].Value != "3g" {
		t.Fatalf("%v, %+v: %s", err, made, f.Bytes())
	}
	if _, left := f.Docs[0].Conf["spark.kubernetes.executor.memoryOverhead"]; left {
		t.Errorf("%s", f.Bytes())
	}
}
