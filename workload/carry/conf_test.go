package carry

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload"
	"github.com/kubectl-spark/kubectl-spark/workload/launcher"
	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// parseChanges reads key=value, and -key for one that is taken out.
func parseChanges(text string) (changes []spark.Change) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if key, gone := strings.CutPrefix(line, "-"); gone {
			changes = append(changes, spark.Change{Key: key, Unset: true})
		} else if key, value, ok := strings.Cut(line, "="); ok {
			changes = append(changes, spark.Change{Key: key, Value: value})
		}
	}
	return changes
}

// TestConfGroupsGoldens: a case is NAME/FILE, its changes NAME/changes, and NAME/want, the diff and the refusals.
func TestConfGroupsGoldens(t *testing.T) {
	const golden = "testdata/conf.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+2 < len(archive.Files); i += 3 {
		in, changes, want := archive.Files[i], parseChanges(string(archive.Files[i+1].Data)), &archive.Files[i+2]
		for _, ends := range []string{"\n", "\r\n"} {
			text := bytes.ReplaceAll(in.Data, []byte("\n"), []byte(ends))
			f, err := source.Open(path.Base(in.Name), text)
			if err != nil {
				t.Fatalf("%s: %v", in.Name, err)
			}
			ops, refused := eachAlone(f.Docs[0], changes)
			if len(ops) > 0 {
				if err := f.Edit(f.Docs[0], ops); err != nil {
					t.Errorf("%s: %v", in.Name, err)
				}
			}
			got := strings.ReplaceAll(string(patch.Unified(path.Base(in.Name), text, f.Bytes())), "\r\n", "\n")
			for _, r := range refused {
				got += fmt.Sprintf("refused %s: %s\n", r.Key, r.Reason)
			}
			if *update && ends == "\n" {
				want.Data = []byte(got)
			} else if got != string(want.Data) {
				t.Errorf("%s (%q):\ngot:\n%swant:\n%s", in.Name, ends, got, want.Data)
			}
		}
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAChangeIsInEffectOrRefused on every document of every fixture: what was carried is what the document then says,
// making it again is nothing to do, and taking it out leaves nothing.
func TestAChangeIsInEffectOrRefused(t *testing.T) {
	changes := parseChanges("spark.executor.memory=5g\nspark.driver.cores=3\nspark.kubernetes.container.image=example.org/spark:1\n" +
		"spark.kubernetes.driver.container.image=example.org/driver:1\nspark.sql.shuffle.partitions=400\nspark.hadoop.fs.s3a.path.style.access=true\n" +
		"spark.kubernetes.driver.annotation.example.org/a=b\nspark.dynamicAllocation.enabled=true\nspark.dynamicAllocation.maxExecutors=9\n" +
		"spark.executorEnv.MODE=fast\nspark.kubernetes.authenticate.driver.serviceAccountName=spark\nspark.executor.extraJavaOptions=-Xlog:gc -Da=\"b c\"\n")
	carried, said := 0, 0
	for _, name := range all(t) {
		for i := range open(t, name).Docs {
			f := open(t, name)
			d := f.Docs[i]
			if !d.Spark() {
				continue
			}
			ops, refused := eachAlone(d, changes)
			said += len(refused)
			for _, r := range refused {
				if r.Key == "" || r.Reason == "" {
					t.Errorf("%s: %s %s: a refusal without key or reason: %+v", name, d.Kind, d.Name, r)
				}
			}
			done := slices.DeleteFunc(slices.Clone(changes), func(c spark.Change) bool {
				return slices.ContainsFunc(refused, func(r Refusal) bool { return r.Key == c.Key })
			})
			if len(done) == 0 {
				if len(ops) > 0 {
					t.Errorf("%s: %s %s: operations of no change", name, d.Kind, d.Name)
				}
				continue
			}
			carried += len(done)
			if err := f.Edit(d, ops); err != nil {
				t.Errorf("%s: %s %s: %v", name, d.Kind, d.Name, err)
				continue
			}
			for _, c := range done {
				if got := d.EffectiveConf()[c.Key].Value; got != c.Value {
					t.Errorf("%s: %s %s: %s is %q behind its edit", name, d.Kind, d.Name, c.Key, got)
				}
			}
			if again, _ := eachAlone(d, done); len(again) > 0 {
				t.Errorf("%s: %s %s: twice is not once: %v", name, d.Kind, d.Name, again)
			}
			for j := range done {
				done[j] = spark.Change{Key: done[j].Key, Unset: true}
			}
			ops, refused = eachAlone(d, done)
			if err := f.Edit(d, ops); len(ops) > 0 && err != nil {
				t.Errorf("%s: %s %s: %v", name, d.Kind, d.Name, err)
			}
			for _, c := range done {
				setting, set := d.EffectiveConf()[c.Key]
				if set && len(setting.Path) > 0 && !slices.ContainsFunc(refused, func(r Refusal) bool { return r.Key == c.Key }) {
					t.Errorf("%s: %s %s: %s is still %q", name, d.Kind, d.Name, c.Key, setting.Value)
				}
			}
		}
	}
	if carried < 100 || said < 50 {
		t.Errorf("%d changes were carried and %d refused", carried, said)
	}
}

func TestALiveObjectIsEditedOnlyWhereThatHelps(t *testing.T) {
	pod, err := launcher.FromObject([]byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"},"spec":{"containers":[{"name":"c","image":"apache/spark:4.0.1","command":["/opt/spark/sbin/start-connect-server.sh","--conf","spark.a=1"]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	change := []spark.Change{{Key: "spark.a", Value: "2"}}
	if ops, refused := eachAlone(pod, change); len(ops) > 0 || len(refused) != 1 || refused[0].Key != "spark.a" {
		t.Errorf("a live pod: %v %v", ops, refused)
	}
	app, err := launcher.FromObject([]byte(`{"apiVersion":"spark.apache.org/v1","kind":"SparkApplication","metadata":{"name":"c"},"spec":{"sparkConf":{"spark.a":"1"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if ops, refused := eachAlone(app, change); len(ops) != 1 || ops[0].Path != "/spec/sparkConf/spark.a" || len(refused) > 0 {
		t.Errorf("a live resource: %v %v", ops, refused)
	}
	if before := app.Conf["spark.a"].Value; before != "1" {
		t.Errorf("the document itself was changed: %q", before)
	}
}

// eachAlone makes changes that do not belong together.
func eachAlone(d *workload.Document, changes []spark.Change) (ops []patch.Op, refused []Refusal) {
	groups := make([][]spark.Change, len(changes))
	for i := range changes {
		groups[i] = changes[i : i+1]
	}
	for _, g := range ConfGroups(d, groups) {
		ops = append(ops, g.Ops...)
		if g.Refused != nil {
			refused = append(refused, *g.Refused)
		}
	}
	return ops, refused
}
