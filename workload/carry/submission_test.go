package carry

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// job is a Job whose one container is given as YAML in flow style.
func job(t *testing.T, container string) *source.File {
	t.Helper()
	f, err := source.Open("job.yaml", []byte("apiVersion: batch/v1\nkind: Job\nmetadata: {name: etl}\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n      - "+container+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func told(d *workload.Document) string {
	var b strings.Builder
	for _, s := range d.Slots {
		fmt.Fprintf(&b, "%s/%d ", s.Role, s.Identity.Container)
	}
	if len(d.Slots) > 0 {
		for _, key := range d.Slots[0].Conf.Keys() {
			if key != "spark.master" && key != "spark.submit.deployMode" {
				fmt.Fprintf(&b, "%s=%s ", key, d.Slots[0].Conf[key].Value)
			}
		}
	}
	for _, note := range d.Unread(nil) {
		b.WriteString("! " + note)
	}
	return strings.TrimSpace(b.String())
}

// A container that runs spark-submit is read where that is certain, and named where it is not.
func TestSubmissions(t *testing.T) {
	const m = "--master, 'k8s://x', "
	for _, c := range []struct{ container, want string }{
		{"{name: a, command: [spark-submit, " + m + "--driver-memory, 2g, a.jar, --driver-memory, 3g]}", "driver/0 executor/-1 spark.driver.memory=2g"},
		{"{name: a, command: [/opt/entrypoint.sh], args: [/opt/spark/bin/spark-submit, " + m + "--deploy-mode, cluster, a.py]}", "driver/-1 executor/-1 spark.kubernetes.resource.type=python"},
		{"{name: a, args: [/opt/spark/bin/spark-submit, " + m + "--deploy-mode=cluster, a.R]}", "driver/-1 executor/-1 spark.kubernetes.resource.type=r"},
		{"{name: a, command: [/usr/bin/tini, -s, --, /opt/spark/bin/spark-submit, " + m + "a.jar]}", "driver/0 executor/-1"},
		{"{name: a, command: [spark-submit, --conf, spark.kubernetes.namespace=b, a.jar]}", "driver/0 executor/-1 spark.kubernetes.namespace=b"},
		// shells
		{"{name: a, command: [bash, -ec, \"set -e; cd /app && exec spark-submit --master k8s://x \\\\\\n --conf 'spark.a=b c' \\\"--conf\\\" spark.d=\\\\e a.jar # done\"]}", "driver/0 executor/-1 spark.a=b c spark.d=e"},
		{"{name: a, command: [bash, -o, pipefail, -c, '$SPARK_HOME/bin/spark-submit --master k8s://$KUBERNETES_SERVICE_HOST a.jar']}", "driver/0 executor/-1"},
		{"{name: a, command: [bash, -eo, pipefail, -c, 'spark-submit --master k8s://x --name $X a.jar'], env: [{name: X, value: nn}]}", "driver/0 executor/-1 spark.app.name=nn"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x --driver-memory \"$M\" a.jar']}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: spark.driver.memory is the variable M, which cannot be seen"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x --conf spark.k=\"$M\" a.jar']}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: spark.k is the variable M, which cannot be seen"},
		{"{name: a, command: [sh, -c, 'X=1 spark-submit --master k8s://x --conf spark.k=$X a.jar'], env: [{name: X, value: nn}]}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: spark.k is the variable X, which cannot be seen"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x --name $X a.jar'], env: [{name: X, value: 'a b'}]}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds $X without quotes, which may be several arguments or none: write these arguments there, or put a single one in quotes"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar | tee log']}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds |"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x \"$(cat f)\" a.jar']}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the application is the variable (cat f), which cannot be seen, and Python's takes more memory"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x $(cat f) a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds $(cat f) without quotes, which may be several arguments or none: write these arguments there, or put a single one in quotes"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x \"$(prepare)\" a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds a $ that is no plain variable"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x \"$O\" --conf spark.a=b a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: one of its arguments is the variable O, which may be an option"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x --class A \"$J\"']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x \"$D/a.py\"']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'export D=$(date -d yesterday +%F); spark-submit --master k8s://x a.jar \"$D\"']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'D=$(hostname) && spark-submit --master k8s://x a.jar']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x $(NAME) a.jar'], envFrom: [{configMapRef: {name: m}}]}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds the variable NAME, which the kubelet puts in"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x $(name) a.jar'], env: [{name: name, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds the variable name, which the kubelet puts in"},
		// what follows on it, and where it prints to, changes nothing
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar || exit 1']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x --conf spark.a=b2>/tmp/log a.jar 2>&1 >> /tmp/log; echo $? $X']}", "driver/0 executor/-1 spark.a=b2"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar &> /tmp/log < /dev/null']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'echo spark.a b > /c/spark-defaults.conf; spark-submit --master k8s://x a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script writes a file"},
		{"{name: a, command: [sh, -c, 'echo start > /dev/stderr; spark-submit --master k8s://x a.jar']}", "driver/0 executor/-1"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar >']}", "! container a seems to run spark-submit, and what it submits was not checked: its script cannot be parsed: line 1: `>` must be followed by a word"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar > > b']}", "! container a seems to run spark-submit, and what it submits was not checked: its script cannot be parsed: line 1: `>` must be followed by a word"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar << E']}", "! container a seems to run spark-submit, and what it submits was not checked: its script cannot be parsed: line 1: unclosed here-document `E`"},
		{"{name: a, command: [bash, -c, 'exec spark-submit --master k8s://x \"$@\"', --, --driver-memory, 2g, a.jar]}", "driver/0 executor/-1 spark.driver.memory=2g"},
		{"{name: a, command: [bash, -c, 'spark-submit --master k8s://x a.jar \"$@\"']}", "driver/0 executor/-1"},
		{"{name: a, command: [bash, -c, 'spark-submit --master k8s://x \"$@.jar\"']}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds a $ that is no plain variable"},
		// Spark's entrypoint, and what runs spark-submit
		{"{name: a, image: 'apache/spark:3.5.6', args: [driver, --master, 'k8s://x', --conf, spark.a=b, a.jar]}", "driver/0 executor/-1 spark.a=b"},
		{"{name: a, command: [/opt/entrypoint.sh], args: [driver, --master, 'k8s://x', a.jar]}", "driver/0 executor/-1"},
		{"{name: a, image: registry.example/csi, args: [driver, --master, 'k8s://x', a.jar]}", ""},
		{"{name: a, image: 'apache/spark:3.5.6', args: [driver]}", ""},
		{"{name: a, image: 'apache/spark:3.5.6', args: [driver, --properties-file, f, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: no argument names its master, and the properties file f, which is not read, may"},
		{"{name: a, command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.SparkSubmit, " + m + "a.jar]}", "driver/0 executor/-1"},
		{"{name: a, command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.worker.Worker]}", "worker/0"},
		{"{name: a, command: [sh, -c, 'spark-class org.apache.spark.deploy.SparkSubmit --master k8s://x a.jar']}", "driver/0 executor/-1"},
		{"{name: a, command: [spark-sql, " + m + "-e, select 1]}", "! container a seems to run spark-submit, and what it submits was not checked: it is started by spark-sql, which adds arguments"},
		{"{name: a, command: [sh, -c, 'pyspark --master k8s://x']}", "! container a seems to run spark-submit, and what it submits was not checked: it is started by pyspark, which adds arguments"},
		{"{name: a, command: [pyspark, --master, 'local[2]']}", ""},
		{"{name: a, command: [spark-shell, '--master=spark://m:7077']}", ""},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x ${A:-b} a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script holds ${A:-b} without quotes, which may be several arguments or none: write these arguments there, or put a single one in quotes"},
		{"{name: a, command: [sh, -c, 'spark-submit --name \"a']}", "! container a seems to run spark-submit, and what it submits was not checked: its script cannot be parsed: line 1: reached EOF without closing quote `\"`"},
		{"{name: a, command: [sh, -c, 'prepare && spark-submit --master k8s://x a.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script runs prepare, too"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar; spark-submit --master k8s://x b.jar']}", "! container a seems to run spark-submit, and what it submits was not checked: its script runs it more than once"},
		{"{name: a, command: [sh, -c, 'echo spark-submit']}", ""},
		{"{name: a, command: [sh, /run.sh, spark-submit]}", ""},
		{"{name: a, command: [timeout, '60', spark-submit, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: it is started by timeout"},
		// variables that the kubelet puts in
		{"{name: a, command: [spark-submit, " + m + "--executor-memory, $(M), a.jar], env: [{name: M, value: 3g}]}", "driver/0 executor/-1 spark.executor.memory=3g"},
		{"{name: a, command: [spark-submit, " + m + "--executor-memory, $(M), a.jar]}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: spark.executor.memory is the variable M, which cannot be seen"},
		{"{name: a, command: [spark-submit, " + m + "--conf, spark.driver.host=$(IP), --conf, 'spark.x=$$(IP)', a.jar]}", "driver/0 executor/-1 spark.driver.host=$(IP) spark.x=$(IP)"},
		// what is no application of Kubernetes', or cannot be told to be one
		{"{name: a, command: [spark-submit, --version]}", ""},
		{"{name: a, command: [spark-submit, " + m + "--name, x]}", "! container a seems to run spark-submit, and what it submits was not checked: it names no application"},
		{"{name: a, command: [spark-submit, " + m + "--drivr-memory, 2g, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: spark-submit knows no option --drivr-memory"},
		{"{name: a, command: [spark-submit, --master, 'spark://m:7077', a.jar]}", "driver/0"},
		{"{name: a, command: [spark-submit, --master, 'local[2]', a.jar]}", "driver/0"},
		{"{name: a, command: [spark-submit, --master, 'spark://m:7077', --deploy-mode, cluster, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: its master is spark://m:7077, and only what Kubernetes runs is known here"},
		{"{name: a, command: [spark-submit, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: no argument names its master"},
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, clustr, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: there is no deploy mode clustr"},
		{"{name: a, command: [spark-submit, " + m + "--properties-file, f, a.jar]}", "! container a seems to run spark-submit, and what it submits was not checked: no argument names its deploy mode, and the properties file f, which is not read, may"},
		{"{name: a, command: [spark-submit, " + m + "--properties-file, f, --deploy-mode, client, a.jar]}", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the properties file f is not read"},
		{"{name: a, command: [spark-submit, " + m + "a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf/}]}", "! container a seems to run spark-submit, and what it submits was not checked: no argument names its deploy mode, and the spark-defaults.conf that is mounted, which is not read, may"},
		{"{name: a, command: [spark-submit, " + m + "a.jar], env: [{name: SPARK_CONF_DIR, value: /c}]}", "! container a seems to run spark-submit, and what it submits was not checked: no argument names its deploy mode, and the spark-defaults.conf that is mounted, which is not read, may"},
		// what is mounted as the configuration folder may set more, unless a properties file stands in for it
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, configMap: {name: m}}]", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the spark-defaults.conf that is mounted is not read"},
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, secret: {secretName: m}}]", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the spark-defaults.conf that is mounted is not read"},
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, configMap: {name: m, items: [{key: a, path: log4j2.properties}]}}]", "driver/0 executor/-1"},
		{"{name: a, command: [spark-submit, " + m + "--properties-file, f, --deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, configMap: {name: m}}]", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the properties file f is not read"},
		{"{name: a, command: [spark-submit, " + m + "--properties-file, f, --load-spark-defaults, --deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, configMap: {name: m}}]", "driver/0 executor/-1 ! what container a submits was checked in part, setting by setting: the properties file f is not read; the spark-defaults.conf that is mounted is not read"},
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, client, --conf, spark.kubernetes.driver.label.day=$(D), a.jar]}", "driver/0 executor/-1"},
		// several containers
		{"{name: side, image: nginx}\n      - {name: a, command: [spark-submit, " + m + "a.jar]}", "driver/1 executor/-1"},
		{"{name: b, command: [spark-submit, " + m + "b.jar]}\n      - {name: a, command: [spark-submit, " + m + "a.jar]}", "! containers b and a both run spark-submit, and what they submit was not checked"},
		// what is another role already
		{"{name: a, command: [spark-submit, " + m + "--class, " + spark.ClassConnect + ", a.jar]}", "connect/0"},
		{"{name: a, command: [spark-submit, " + m + "--deploy-mode, cluster, --class, " + spark.ClassConnect + ", a.jar]}", "connect/-1 executor/-1 spark.kubernetes.resource.type=java"},
	} {
		if got := told(job(t, c.container).Docs[0]); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.container, got, c.want)
		}
	}
}

// A controlled pod shows what it is itself, and not what its controller's arguments say; a pod that only submits is no
// pod of the application.
func TestSubmittingPods(t *testing.T) {
	for mode, want := range map[string]string{"client": "driver/0", "cluster": ""} {
		pod := `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"etl","uid":"1","controller":true}]},
"spec":{"containers":[{"name":"a","command":["spark-submit","--master","k8s://x","--deploy-mode","` + mode + `","a.jar"]}]}}`
		d, err := launcher.FromObject([]byte(pod))
		if err != nil {
			t.Fatal(err)
		}
		if got := told(d); got != want {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
	bare, err := launcher.FromObject([]byte(`{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","command":["spark-submit","--master","k8s://x","--deploy-mode","cluster","a.jar"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workload.Group([]*workload.Document{bare}) {
		for _, s := range w.Subjects {
			if s.Live {
				t.Errorf("the %s that a pod submits is told as a live one", s.Slot.Role)
			}
		}
	}
}

// Changes are made among the arguments of spark-submit where they stand, and nowhere else.
func TestConfGroupsOfSubmissions(t *testing.T) {
	const given = "{name: a, command: [spark-submit], args: [--master, 'k8s://x', --driver-memory, 2g, --executor-memory=3g, --conf, spark.a=1, --conf=spark.b=2, --conf, spark.driver.memory=9g, a.jar, --conf, spark.a=7]}"
	for _, c := range []struct {
		container string
		change    spark.Change
		want      string // of args, or the reason
	}{
		{given, spark.Change{Key: "spark.driver.memory", Value: "4g"}, "--driver-memory, 4g, --executor-memory=3g, --conf, spark.a=1, --conf=spark.b=2, --conf, spark.driver.memory=9g, a.jar"},
		{given, spark.Change{Key: "spark.executor.memory", Value: "4g"}, "--driver-memory, 2g, --executor-memory=4g, --conf, spark.a=1,"},
		{given, spark.Change{Key: "spark.a", Value: "x y"}, "--conf, spark.a=x y, --conf=spark.b=2"},
		{given, spark.Change{Key: "spark.b", Value: "$(C)"}, "--conf=spark.b=$$(C)"},
		{given, spark.Change{Key: "spark.c", Value: "3"}, "--executor-memory=3g, --conf, spark.c=3, --conf, spark.a=1"},
		{given, spark.Change{Key: "spark.driver.memory", Unset: true}, "'k8s://x', --executor-memory=3g, --conf, spark.a=1, --conf=spark.b=2, a.jar, --conf"},
		{given, spark.Change{Key: "spark.b", Unset: true}, "spark.a=1, --conf, spark.driver.memory"},
		{given, spark.Change{Key: "spark.none", Unset: true}, given[strings.Index(given, "args"):]},
		{given, spark.Change{Key: "spark.a", Value: "1"}, given[strings.Index(given, "args"):]},
		{"{name: a, command: [spark-submit, --master, 'k8s://x', a.jar]}", spark.Change{Key: "spark.c", Value: "3"}, "[spark-submit, --conf, spark.c=3, --master"},
		{"{name: a, command: [spark-submit, --master, 'k8s://x', --driver-memory, $(M), a.jar], env: [{name: M, value: 2g}]}", spark.Change{Key: "spark.driver.memory", Value: "3g"}, "its value comes from the variable M of the container"},
		{"{name: a, command: [sh, -c, 'spark-submit --master k8s://x a.jar']}", spark.Change{Key: "spark.c", Value: "3"}, "spark-submit is run by a script among the command: change it there"},
		{"{name: a, command: [spark-submit, --master, 'k8s://x', --deploy-mode, client, --properties-file, f, a.jar]}", spark.Change{Key: "spark.c", Unset: true}, "a properties file that is not read may set it, too"},
	} {
		f := job(t, c.container)
		ops, refused := eachAlone(f.Docs[0], []spark.Change{c.change})
		if len(refused) > 0 {
			if refused[0].Reason != c.want {
				t.Errorf("%v: %s, want %s", c.change, refused[0].Reason, c.want)
			}
			continue
		}
		if err := f.Edit(f.Docs[0], ops); err != nil {
			t.Fatal(err)
		}
		plain := func(text string) string { return strings.ReplaceAll(text, "'", "") }
		if !strings.Contains(plain(string(f.Bytes())), plain(c.want)) {
			t.Errorf("%v: %s\nwant %s", c.change, f.Bytes(), c.want)
		}
	}
	live, err := launcher.FromObject([]byte(`{"kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"a","command":["spark-submit","--master","k8s://x","a.jar"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, refused := eachAlone(live, []spark.Change{{Key: "spark.a", Value: "b"}}); len(refused) != 1 || !strings.Contains(refused[0].Reason, "started with") {
		t.Errorf("a live pod was edited: %v", refused)
	}
}

// A ConfigMap that was read and holds no spark-defaults.conf leaves the arguments the whole of the configuration.
func TestConfRest(t *testing.T) {
	d := job(t, "{name: a, command: [spark-submit, --master, 'k8s://x', --deploy-mode, client, a.jar], volumeMounts: [{name: c, mountPath: /opt/spark/conf}]}\n      volumes: [{name: c, configMap: {name: m}}]").Docs[0]
	s := &d.Slots[0]
	for _, c := range []struct {
		texts workload.Texts
		want  string
	}{
		{nil, "the spark-defaults.conf that is mounted is not read"},
		{workload.Texts{{Name: "m"}: {"spark-defaults.conf": "spark.a b"}}, "the spark-defaults.conf that is mounted sets more, and is not joined with the arguments"},
		{workload.Texts{{Name: "m"}: {"log4j2.properties": ""}}, ""},
	} {
		if got := s.ConfRest(c.texts); got != c.want {
			t.Errorf("%v: %q, want %q", c.texts, got, c.want)
		}
	}
	if refs := s.ConfMaps(); len(refs) != 1 || refs[0].Name != "m" {
		t.Errorf("the maps that decide are %v", refs)
	}
	if refs := job(t, "{name: a, command: [spark-submit, --master, 'k8s://x', a.jar]}").Docs[0].Slots[0].ConfMaps(); refs != nil {
		t.Errorf("nothing is mounted, and %v decide", refs)
	}
}

// A new argument of a driver that Spark's entrypoint starts goes behind that word; what a script passes on is for people.
func TestEditsOfEntrypoints(t *testing.T) {
	change := []spark.Change{{Key: "spark.a", Value: "b"}}
	f := job(t, "{name: a, command: [/opt/entrypoint.sh], args: [driver, --master, 'k8s://x', a.jar]}")
	ops, refused := eachAlone(f.Docs[0], change)
	if err := f.Edit(f.Docs[0], ops); err != nil || refused != nil {
		t.Fatal(refused, err)
	}
	if !strings.Contains(string(f.Bytes()), "[driver, '--conf', 'spark.a=b', --master, 'k8s://x', a.jar]") {
		t.Errorf("%s", f.Bytes())
	}
	f = job(t, "{name: a, command: [bash, -c, 'spark-submit \"$@\" a.jar', --, --master, 'k8s://x']}")
	if _, refused = eachAlone(f.Docs[0], change); len(refused) != 1 || !strings.Contains(refused[0].Reason, "script") {
		t.Errorf("%v", refused)
	}
}
