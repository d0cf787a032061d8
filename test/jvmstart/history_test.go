package jvmstart

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// historyServer is the container of the server that fix creates for an application of a version with its event log in a folder.
func historyServer(t *testing.T, version, folder string) corev1.Container {
	t.Helper()
	raw := `{"metadata":{"namespace":"lab","labels":{"spark-role":"driver","spark-app-selector":"x","spark-version":"` + version + `"}},"spec":{"restartPolicy":"Never",` +
		`"volumes":[{"name":"logs","persistentVolumeClaim":{"claimName":"events"}}],"containers":[{"name":"spark-kubernetes-driver","image":"apache/spark:` + version + `","args":["driver"],` +
		`"volumeMounts":[{"name":"logs","mountPath":"` + folder + `"}]}]}}`
	set, in := subject(t, raw)
	in.Only, in.Conf = []string{"SPK-M003"}, spark.Conf{"spark.eventLog.enabled": {Value: "true"}, "spark.eventLog.dir": {Value: "file:" + folder}, "spark.app.id": {Value: "x"}}
	neighbour.EventLogs{Writers: []neighbour.LogUser{{Namespace: "lab", Name: "lab/x"}}, Whole: true}.Put(&in.Facts, "lab")
	out, err := set.Fix(in)
	if err != nil || len(out.Findings) != 1 || len(out.Findings[0].Edits) != 3 {
		t.Fatalf("%v, %+v", err, out.Findings)
	}
	made, err := out.Findings[0].Edits[2].Companion.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var deployment struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if err := utiljson.Unmarshal(made, &deployment); err != nil {
		t.Fatal(err)
	}
	return deployment.Spec.Template.Spec.Containers[0]
}

// TestTheHistoryServerThatFixCreatesListsTheApplication starts it with the real Spark, over a finished run, and lets its cleaner delete
// one that is older than 30 days.
func TestTheHistoryServerThatFixCreatesListsTheApplication(t *testing.T) {
	const log = `{"Event":"SparkListenerLogStart","Spark Version":"%v"}
{"Event":"SparkListenerApplicationStart","App Name":"etl","App ID":"%id","Timestamp":%at,"User":"u"}
{"Event":"SparkListenerEnvironmentUpdate","JVM Information":{"Java Version":"17.0.9 (x)"},"Spark Properties":{"spark.app.id":"%id"},"Hadoop Properties":{},"System Properties":{},"Metrics Properties":{},"Classpath Entries":{}}
{"Event":"SparkListenerApplicationEnd","Timestamp":%at}
`
	each(t, func(t *testing.T, version, home string) {
		folder := t.TempDir()
		for id, age := range map[string]time.Duration{"spark-new": time.Hour, "spark-old": 31 * 24 * time.Hour} {
			at := time.Now().Add(-age)
			ms, _ := json.Marshal(at.UnixMilli())
			text := strings.NewReplacer("%v", version, "%id", id, "%at", string(ms)).Replace(log)
			if err := os.WriteFile(filepath.Join(folder, id), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(filepath.Join(folder, id), at, at); err != nil {
				t.Fatal(err)
			}
		}
		c := historyServer(t, version, folder)
		if len(c.Args) != 2 || c.Args[0] != "/opt/spark/bin/spark-class" || c.Args[1] != spark.ClassHistory {
			t.Fatalf("it runs %q", c.Args)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := l.Addr().String()
		_ = l.Close()
		var env []string
		for _, e := range c.Env {
			if e.Name == "SPARK_HISTORY_OPTS" { // the port and the folder of the store are of this machine
				e.Value = strings.Replace(e.Value, "/var/lib/spark-history", t.TempDir(), 1) + " -Dspark.history.ui.port=" + at[strings.LastIndexByte(at, ':')+1:]
			}
			env = append(env, e.Name+"="+e.Value)
		}
		serve(t, home, env, "Bound HistoryServer to ", c.Args[1])
		var said string
		for end := time.Now().Add(2 * time.Minute); !strings.Contains(said, "spark-new") || left(folder, "spark-old"); time.Sleep(time.Second / 4) {
			if time.Now().After(end) {
				t.Fatalf("the old log is still there: %v; it lists\n%s", left(folder, "spark-old"), said)
			}
			if answer, err := http.Get("http://" + at + "/api/v1/applications"); err == nil {
				text, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				said = string(text)
			}
		}
		if !left(folder, "spark-new") {
			t.Error("the new log is deleted")
		}
	})
}

func left(folder, name string) bool {
	_, err := os.Stat(filepath.Join(folder, name))
	return err == nil
}
