package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// TestScriptsAreReadCommandByCommand: every spark-submit of a script is a workload, whose settings know their line.
func TestScriptsAreReadCommandByCommand(t *testing.T) {
	const script = `#!/bin/bash
IMAGE=apache/spark:3.5.6
for day in a b; do
  spark-submit --master k8s://https://x --deploy-mode cluster --name etl \
    --conf spark.kubernetes.container.image=$IMAGE \
    --executor-memory 4g \
    --conf 'spark.kubernetes.namespace=jobs' \
    --class a.B local:///a.jar "$day" 2>&1 | tee log
done
spark-submit --master yarn b.jar
spark-submit --master k8s://https://x $MORE c.py
exec spark-submit --master k8s://https://x d.py
`
	f, err := Open("run.sh", []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range f.Docs {
		text := fmt.Sprintf("%d %s/%s %s", d.Line, d.Namespace, d.Name, strings.Join(d.Notes, " "))
		for _, s := range d.Slots {
			text += fmt.Sprintf(" %s client=%v template=%v", s.Role, s.Identity.Client, s.Template != nil)
		}
		if conf := d.EffectiveConf(); conf != nil {
			for _, key := range conf.Keys() {
				text += fmt.Sprintf(" %s=%s@%d", strings.TrimPrefix(key, "spark."), conf[key].Value, conf[key].Line)
			}
		}
		got = append(got, text)
	}
	want := []string{
		"10 /run.sh this spark-submit was not checked: its master is yarn, and only what Kubernetes runs is known here",
		"11 /run.sh this spark-submit was not checked: its script holds $MORE without quotes",
		"12 /run.sh  driver client=true template=false executor client=true template=false master=k8s://https://x@12 submit.deployMode=client@12",
	}
	if len(got) != 4 || !slices.Equal(got[1:], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, part := range []string{"4 jobs/etl  driver client=false template=false executor client=false template=false ", " executor.memory=4g@6 ", " kubernetes.container.image=apache/spark:3.5.6@5 ", " kubernetes.namespace=jobs@7 "} {
		if !strings.Contains(got[0]+" ", part) {
			t.Errorf("%q is not in %s", part, got[0])
		}
	}
	if err := f.Edit(f.Docs[0], []patch.Op{add(patch.Path{"x"}, "1")}); err == nil || err.Error() != "run.sh:4: a shell script is not edited" {
		t.Errorf("an edit gave %v", err)
	}
	if string(f.Bytes()) != script {
		t.Error("opening changed the script")
	}
}

// TestConfigurationsOfServersAreTheirs: what only a History server reads is no application's.
func TestConfigurationsOfServersAreTheirs(t *testing.T) {
	for text, want := range map[string]string{
		"spark.history.fs.logDirectory s3a://logs/": "[history]",
		"spark.history.fs.logDirectory s3a://logs/\nspark.hadoop.fs.s3a.endpoint x\nspark.ssl.historyServer.enabled true": "[history]",
		"spark.history.fs.logDirectory s3a://logs/\nspark.eventLog.enabled true":                                          "[driver executor]",
		"spark.hadoop.fs.s3a.endpoint x": "[driver executor]",
	} {
		conf, err := spark.ParseProperties([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(workload.ConfRoles(conf)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestATextThatIsNoneOfOursIsCounted by what it is, and one that cannot be read yet says so.
func TestATextThatIsNoneOfOursIsCounted(t *testing.T) {
	for name, c := range map[string]struct{ text, what, note string }{
		"app.properties":    {"db.password=x\n", "settings file of another program", ""},
		"nginx.conf":        {"events { worker_connections 1024; }\n", "configuration in blocks (HOCON or nginx)", ""},
		"log4j2.properties": {"rootLogger.level = info\n", "logging configuration", ""},
		"svc.yaml":          {"apiVersion: v1\nkind: Service\n", "Service", ""},
		"values.yaml":       {"image: x\n", "YAML or JSON without a kind", ""},
		"c/templates/a.yaml": {"kind: Pod\nmetadata: {name: {{ .Release.Name }}}\n", "unrendered Helm template",
			"unrendered Helm template, not checked: run helm template c | kubectl spark doctor -f -"},
	} {
		f, err := Open(name, []byte(c.text))
		if err != nil || len(f.Docs) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		d := f.Docs[0]
		if d.Spark() || d.What() != c.what || strings.Join(d.Notes, "\n") != c.note {
			t.Errorf("%s: Spark %v, %q, %q", name, d.Spark(), d.What(), d.Notes)
		}
	}
}

// TestKeysThatStandTwiceAreToldOfAConfigMapsTemplate, which is left aside.
func TestKeysThatStandTwiceAreToldOfAConfigMapsTemplate(t *testing.T) {
	f, err := Open("x.yaml", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  driver-template.yaml: |\n    spec:\n      containers:\n      - name: a\n        image: x\n        image: y\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `its pod template driver-template.yaml was not checked: key "image" of its line 5 is already on its line 4: keep one of the two`
	if d := f.Docs[0]; len(d.Slots) != 0 || len(d.Notes) != 1 || d.Notes[0] != want {
		t.Errorf("%d slots, %q", len(d.Slots), d.Notes)
	}
}

func TestWhatIsNotSparkIsCountedByKind(t *testing.T) {
	var aside workload.OtherObjects
	for name, text := range map[string]string{
		"a.conf": "x=1\n", "b.conf": "y=1\n", "log4j.properties": "log4j.rootLogger=INFO\n", "s.yaml": "kind: Service\n", "spark.conf": "spark.executor.memory 4g\n",
	} {
		f, err := Open(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Docs {
			aside.Add(d)
		}
	}
	if got := aside.All(); got != "2 settings file of another program, 1 Service, 1 logging configuration" {
		t.Errorf("got %s", got)
	}
	if got := aside.Texts(); got != "2 settings file of another program, 1 logging configuration" {
		t.Errorf("texts: %s", got)
	}
}
