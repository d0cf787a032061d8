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
		"11 /run.sh this spark-submit was not checked: its script holds $MORE without quotes, which may be several arguments or none: write these arguments there, or put a single one in quotes",
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
	if err := f.Edit(f.Docs[0], []patch.Op{add(patch.Path{"x"}, "1")}); err == nil || err.Error() != "run.sh:4: this shell script is not edited" {
		t.Errorf("an edit gave %v", err)
	}
	if string(f.Bytes()) != script {
		t.Error("opening changed the script")
	}
}

// TestScriptsAreReadAsAShellParsesThem: what looks like the end of a command, a here-document or an assignment may be none.
func TestScriptsAreReadAsAShellParsesThem(t *testing.T) {
	const submit = "spark-submit --master k8s://https://x "
	for script, want := range map[string]string{
		"N=$((1<<2))\n" + submit + "a.py\n":                                     "2 client",
		"x <<a <<b\na\nb\n" + submit + "a.py\n":                                 "4 client",
		"cat <<-EOF\n\t" + submit + "a.py\n\tEOF\n":                             "1 shell script without spark-submit",
		submit + "a.py <<EOF\nx\nEOF\n":                                         "1 client",
		submit + "--name \"$(date \"+%F; %T\")\" a.py\n":                        "1 this spark-submit was not checked: its script holds a $ that is no plain variable",
		"out=$(" + submit + "a.py)\n":                                           "1 client",
		"main() {\n  if a; then " + submit + "a.py | tee b; fi\n}\nmain \"$@\"": "2 client",
		"case $1 in\na) " + submit + "a.py ;;\nesac":                            "2 client",
		"time sudo " + submit + "a.py &":                                        "1 client",
		"echo a; # " + submit + "\n":                                            "1 shell script without spark-submit",
		"# a \\\n" + submit + "a.py\n":                                          "2 client",
		"M=local\r\nspark-submit \\\r\n  --master $M a.py\r\n":                  "2 client",
		// A value is known where it is the only one that the command can see.
		"if a; then\n  M=local\n  spark-submit --master $M a.py\nfi\n":            "3 client",
		"M=local\nif a; then M=yarn; fi\nspark-submit --master $M a.py\n":         "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"if a; then M=yarn; else\nspark-submit --master $M a.py; fi\n":            "2 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"case $1 in\na) M=yarn ;;\nb) spark-submit --master $M a.py ;;\nesac\n":   "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\nwhile a; do\n  spark-submit --master $M a.py\n  M=yarn\ndone\n": "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\na && M=yarn\nspark-submit --master $M a.py\n":                   "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\nread -r M\nspark-submit --master $M a.py\n":                     "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\n. env.sh\nspark-submit --master $M a.py\n":                      "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\n: ${M:=yarn} $((M += 1))\nspark-submit --master $M a.py\n":      "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\nfor M in a b; do :; done\nspark-submit --master $M a.py\n":      "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\nrun() {\n  spark-submit --master $M a.py\n}\nM=yarn\nrun\n":     "3 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"export M='lo'\"cal\"\nrun() {\n  spark-submit --master $M a.py\n}\n":     "3 client",
		"f() { M=yarn; }\nM=local\nf\nspark-submit --master $M a.py\n":            "4 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local &\nspark-submit --master $M a.py\n":                              "2 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		"M=local\nspark-submit --master $M a.py &\n":                              "2 client",
		"declare -i M=1\nspark-submit --master $M a.py\n":                         "2 this spark-submit was not checked: its master is the variable M, which cannot be seen: write k8s:// in front of it where that is Kubernetes",
		// A program in a variable is said.
		"S=$SPARK_HOME/bin/spark-submit\n$S a.py\n":           "2 a spark-submit was not checked: the variable S holds its program; write spark-submit in its place",
		"CMD='spark-submit --master x a.py'\neval \"$CMD\"\n": "2 a spark-submit was not checked: the variable CMD holds its program; write spark-submit in its place",
		"CMD=(spark-submit a.py)\nexec \"${CMD[@]}\"\n":       "2 a spark-submit was not checked: the variable CMD holds its program; write spark-submit in its place",
		"S=spark-submit\necho $S\n":                           "1 shell script without spark-submit",
		// What the parser cannot read is said, where it matters.
		submit + "a.py\nif a; then\n" + submit + "b.py\n":    "1 client\n1 line 3: `if` statement must end with `fi`; the rest of the script was not checked",
		submit + "a.py\necho \"\n":                           "1 client",
		"fi\n" + submit + "a.py\n":                           "1 line 2: `fi` can only be used to end an `if`; the rest of the script was not checked",
		strings.Repeat("a=${b}\n", 2001) + submit + "a.py\n": "1 more than 2000 brackets; the rest of the script was not checked",
	} {
		f, err := Open("run.sh", []byte("#!/bin/bash\n"+script))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range f.Docs {
			text := strings.Join(d.Notes, " ")
			switch {
			case len(d.Slots) > 0 && d.Slots[0].Identity.Client:
				text = "client"
			case text == "":
				text = d.Other
			}
			got = append(got, fmt.Sprint(max(d.Line-1, 1), " ", text))
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q:\ngot  %s\nwant %s", script, strings.Join(got, "\n"), want)
		}
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
