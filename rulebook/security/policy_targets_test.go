package security

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestWhatAConfigurationConnectsTo, by the names of the policies. A password in an address is in none.
func TestWhatAConfigurationConnectsTo(t *testing.T) {
	for conf, want := range map[string]string{
		"":                                    "https",
		"spark.eventLog.dir s3a://logs/spark": "https",
		"spark.hadoop.fs.s3a.endpoint http://minio:9000":                        "own-namespace",
		"spark.hadoop.fs.s3a.endpoint minio.storage.svc.cluster.local:9000":     "namespace-storage",
		"spark.hadoop.fs.s3a.endpoint minio.jobs.svc:9000":                      "own-namespace",
		"spark.hadoop.fs.s3a.endpoint https://s3.eu-west-1.amazonaws.com":       "https",
		"spark.hadoop.fs.s3a.endpoint 10.1.2.3:9000":                            "10-1-2-3-9000",
		"spark.hadoop.fs.s3a.endpoint http://[fd00::5]:9000":                    "fd00-5-9000",
		"spark.hadoop.fs.s3a.endpoint http://minio:9000\nspark.a gs://bucket/x": "https own-namespace",
		"spark.hadoop.hive.metastore.uris thrift://hms.meta.svc,thrift://b.org": "https namespace-meta namespace-org port-9083",
		"spark.a jdbc:postgresql://u:hunter2@db.example.org/sales":              "https port-5432",
		"spark.a jdbc:postgresql://one.example.org:1,two.example.org:2/sales":   "https port-1 port-2",
		"spark.a hdfs://namenode.hadoop.svc/x":                                  "https namespace-hadoop",
		"spark.a unknown://host.example.org/x":                                  "https",
		"spark.a http://localhost:99":                                           "https",
		"spark.a http://127.0.0.1:99":                                           "https",
		"spark.a http://host.example.org:port":                                  "https",
		"spark.a http://${HOST}:99":                                             "https",
		"spark.master k8s://https://1.2.3.4:6443":                               "https",
	} {
		read, err := spark.ParseProperties([]byte(conf))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, target := range targetsOf(read, nil, "jobs") {
			names = append(names, target.name())
			if strings.Contains(target.words(), "hunter2") {
				t.Errorf("%q: %s", conf, target.words())
			}
		}
		if slices.Sort(names); strings.Join(names, " ") != want {
			t.Errorf("%q: %q, want %q", conf, names, want)
		}
	}
	identity := []corev1.EnvVar{{Name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: "http://169.254.170.23/v1/credentials"}, {Name: "OTHER", Value: "http://1.2.3.4"}}
	if all := targetsOf(nil, identity, "jobs"); len(all) != 2 || all[0].name() != "169-254-170-23-80" {
		t.Errorf("%v", all)
	}
}
