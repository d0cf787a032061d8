package rule_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

const main0 = "/spec/containers/0/"

func TestEachVerbDoesOrRefusesWhatItSays(t *testing.T) {
	fill := func(p *rule.PodPass) { p.Fill("", p.At("securityContext", "allowPrivilegeEscalation"), false) }
	correct := func(p *rule.PodPass) { p.Correct("", p.At("imagePullPolicy"), corev1.PullAlways) }
	cpu := func(p *rule.PodPass) { p.Correct("", p.At("resources", "limits", "cpu"), resource.MustParse("2")) }
	remove := func(p *rule.PodPass) { p.Remove("", p.At("tty")) }
	env := func(p *rule.PodPass) { p.AppendEnv("", "A", "1") }
	volume := func(p *rule.PodPass) {
		p.AddVolume("", corev1.Volume{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	}
	mount := func(p *rule.PodPass) { p.Mount("", corev1.VolumeMount{Name: "v", MountPath: "/x"}) }
	annotate := func(p *rule.PodPass) { p.Annotate("", "a.b/c", "x") }
	for name, c := range map[string]struct {
		verb                      func(*rule.PodPass)
		container, metadata, spec string
		want                      string
	}{
		"fill absent":               {verb: fill, want: `add ` + main0 + `securityContext {"allowPrivilegeEscalation":false}`},
		"fill below a parent":       {verb: fill, container: `"securityContext":{"runAsUser":1}`, want: `add ` + main0 + `securityContext/allowPrivilegeEscalation false`},
		"fill present":              {verb: fill, container: `"securityContext":{"allowPrivilegeEscalation":true}`},
		"fill equal":                {verb: fill, container: `"securityContext":{"allowPrivilegeEscalation":false}`},
		"correct absent":            {verb: correct, want: `add ` + main0 + `imagePullPolicy "Always"`},
		"correct equal":             {verb: correct, container: `"imagePullPolicy":"Always"`},
		"correct user-set":          {verb: correct, container: `"imagePullPolicy":"Never"`, want: `refused ` + main0 + `imagePullPolicy user-set`},
		"correct other spelling":    {verb: cpu, container: `"resources":{"limits":{"cpu":"2000m"}}`},
		"remove absent":             {verb: remove},
		"remove user-set":           {verb: remove, container: `"tty":true`, want: `refused ` + main0 + `tty user-set`},
		"env absent":                {verb: env, want: `add ` + main0 + `env [{"name":"A","value":"1"}]`},
		"env behind others":         {verb: env, container: `"env":[{"name":"B"}]`, want: `add ` + main0 + `env/- {"name":"A","value":"1"}`},
		"env set otherwise":         {verb: env, container: `"env":[{"name":"A","value":"2"}]`},
		"env from elsewhere":        {verb: env, container: `"envFrom":[{"secretRef":{"name":"s"}}]`, want: `refused ` + main0 + `envFrom env-from`},
		"env set beside envFrom":    {verb: env, container: `"env":[{"name":"A"}],"envFrom":[{"secretRef":{"name":"s"}}]`},
		"volume absent":             {verb: volume, want: `add /spec/volumes [{"name":"v","emptyDir":{}}]`},
		"volume equal":              {verb: volume, spec: `"volumes":[{"name":"v","emptyDir":{}}]`},
		"volume's name taken":       {verb: volume, spec: `"volumes":[{"name":"v","hostPath":{"path":"/"}}]`, want: `refused /spec/volumes/0 path-taken`},
		"mount absent":              {verb: mount, want: `add ` + main0 + `volumeMounts [{"name":"v","mountPath":"/x"}]`},
		"mount path taken":          {verb: mount, container: `"volumeMounts":[{"name":"other","mountPath":"/x"}]`},
		"mount beside another path": {verb: mount, container: `"volumeMounts":[{"name":"v","mountPath":"/y"}]`, want: `add ` + main0 + `volumeMounts/- {"name":"v","mountPath":"/x"}`},
		"annotate":                  {verb: annotate, want: `add /metadata/annotations {"a.b/c":"x"}`},
		"annotate beside others":    {verb: annotate, metadata: `"annotations":{"z":""}`, want: `add /metadata/annotations/a.b~1c "x"`},
		"annotate present":          {verb: annotate, metadata: `"annotations":{"a.b/c":"y"}`},
		"empty resources":           {verb: cpu, container: `"resources":{}`, want: `add ` + main0 + `resources/limits {"cpu":"2"}`},
		"unknown fields in a parent": {verb: cpu, container: `"resources":{"novel":[1]}`,
			want: `add ` + main0 + `resources/limits {"cpu":"2"}`},
		"null resources":         {verb: cpu, container: `"resources":null`, want: `add ` + main0 + `resources {"limits":{"cpu":"2"}}`},
		"empty env":              {verb: env, container: `"env":[]`, want: `add ` + main0 + `env/- {"name":"A","value":"1"}`},
		"null env":               {verb: env, container: `"env":null`, want: `add ` + main0 + `env [{"name":"A","value":"1"}]`},
		"empty annotations":      {verb: annotate, metadata: `"annotations":{}`, want: `add /metadata/annotations/a.b~1c "x"`},
		"null annotations":       {verb: annotate, metadata: `"annotations":null`, want: `add /metadata/annotations {"a.b/c":"x"}`},
		"empty security context": {verb: fill, container: `"securityContext":{}`, want: `add ` + main0 + `securityContext/allowPrivilegeEscalation false`},
	} {
		t.Run(name, func(t *testing.T) {
			raw := pod(c.container, c.metadata, c.spec)
			set := newSet(t, ensure("SPK-S901", c.verb))
			out, after := admit(t, set, raw)
			if got := told(out); got != c.want {
				t.Fatalf("got  %s\nwant %s", got, c.want)
			}
			if strings.Contains(raw, "novel") && !strings.Contains(after, `"novel":[1]`) {
				t.Fatalf("the unknown field is lost: %s", after)
			}
			if again, _ := admit(t, set, after); len(again.Ops) > 0 {
				t.Fatalf("twice is not once: %v", again.Ops)
			}
			back, kept, err := undo(t, set, after)
			if err != nil || len(kept) > 0 {
				t.Fatalf("undo: %v, kept %v", err, kept)
			}
			if restored := apply(t, after, back); restored != raw && !strings.Contains(raw, "null") {
				t.Fatalf("undone to %s\nwas       %s", restored, raw)
			}
		})
	}
}

func TestEmptyMetadataIsFilledAndNotReplaced(t *testing.T) {
	for metadata, path := range map[string]string{`"metadata":{},`: "/metadata/annotations", ``: "/metadata", `"metadata":null,`: "/metadata"} {
		raw := `{` + metadata + `"spec":{"containers":[{"name":"m","command":["/opt/spark/bin/spark-class"],"args":["org.apache.spark.deploy.master.Master"]}]}}`
		out, _ := admit(t, newSet(t, ensure("SPK-S901", func(p *rule.PodPass) { p.Annotate("", "k", "v") })), raw)
		if out.Ops[0].Path != path {
			t.Errorf("%q: %s", metadata, out.Ops[0].Path)
		}
	}
}

func TestTokensGoThroughTheChannelOfTheRole(t *testing.T) {
	const token = "-XX:+AlwaysPreTouch"
	verb := newSet(t, ensure("SPK-P901", func(p *rule.PodPass) { p.MergeTokens("", token) }))
	executor, daemon := spark.Identity{Role: spark.Executor, Certain: true}, spark.Identity{Role: spark.Master, Certain: true}
	driver := spark.Identity{Role: spark.Driver, Certain: true}
	const twice = `"env":[{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-XX:+AlwaysPreTouch"},{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-Da=b"}]`
	for name, c := range map[string]struct {
		who       spark.Identity
		env, want string
	}{
		"executor":                {executor, ``, `add ` + main0 + `env [{"name":"SPARK_JAVA_OPT_0","value":"-XX:+AlwaysPreTouch"}]`},
		"executor behind its own": {executor, `"env":[{"name":"SPARK_JAVA_OPT_7","value":"-Da"}]`, `add ` + main0 + `env/- {"name":"SPARK_JAVA_OPT_8","value":"-XX:+AlwaysPreTouch"}`},
		"of an unknown image, which may set it itself": {driver, ``, `refused ` + main0 + `image image-unknown`},
		"driver":                     {driver, ``, `add ` + main0 + `env [{"name":"SPARK_SUBMIT_OPTS","value":"-XX:+AlwaysPreTouch"}]`},
		"daemon":                     {daemon, ``, `add ` + main0 + `env [{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-XX:+AlwaysPreTouch"}]`},
		"daemon with options":        {daemon, `"env":[{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-Da=b"}]`, `replace ` + main0 + `env/0/value "-Da=b -XX:+AlwaysPreTouch"`},
		"daemon with an empty value": {daemon, `"env":[{"name":"SPARK_DAEMON_JAVA_OPTS"}]`, `add ` + main0 + `env/0/value "-XX:+AlwaysPreTouch"`},
		"of two the last counts":     {daemon, twice, `replace ` + main0 + `env/1/value "-Da=b -XX:+AlwaysPreTouch"`},
		"set in another channel":     {daemon, `"env":[{"name":"JAVA_TOOL_OPTIONS","value":"-XX:-AlwaysPreTouch"}]`, ``},
		"envFrom":                    {daemon, `"envFrom":[{"secretRef":{"name":"s"}}]`, `refused ` + main0 + `envFrom env-from`},
		"valueFrom":                  {daemon, `"env":[{"name":"SPARK_DAEMON_JAVA_OPTS","valueFrom":{"fieldRef":{"fieldPath":"a"}}}]`, `refused ` + main0 + `env value-from`},
		"an unbalanced quote":        {daemon, `"env":[{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-Da='b"}]`, `refused ` + main0 + `env unreadable`},
	} {
		t.Run(name, func(t *testing.T) {
			raw := pod(c.env, "", "")
			run := func(raw string) rule.Admitted {
				in := rule.Input{Template: decode(t, raw), Raw: []byte(raw), Identity: c.who, Settings: rule.Settings{Profile: rule.Safe}}
				if !strings.HasPrefix(name, "of an unknown image") {
					rule.Put(&in.Facts, rule.FactImage, spark.Image{})
				}
				out, err := verb.Admit(in)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			out := run(raw)
			if got := told(out); got != c.want {
				t.Fatalf("got  %s\nwant %s", got, c.want)
			}
			after := apply(t, raw, out.Ops)
			if again := run(after); len(again.Ops) > 0 {
				t.Fatalf("twice is not once: %v", again.Ops)
			}
			back, _, err := verb.UndoAs(c.who, []byte(after))
			if err != nil || apply(t, after, back) != raw {
				t.Fatalf("undone to %s\n%v", apply(t, after, back), err)
			}
		})
	}
}

func TestOfVariablesWithOneNameTheLastCounts(t *testing.T) {
	set := newSet(t, ensure("SPK-P901", func(p *rule.PodPass) { p.AppendEnv("", "A", "1") }))
	// The first is what the rule wants, the last is not: nothing is fulfilled, so the claim is not kept.
	raw := pod(`"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]`, `"annotations":{"kubectl-spark.io/report":"{\"applied\":[\"SPK-P901\"],\"undo\":[\"@/env/A\"]}"}`, "")
	out, after := admit(t, set, raw)
	if told(out) != "" || len(report(t, after).Applied) > 0 {
		t.Errorf("%s, %+v", told(out), report(t, after))
	}
}

func TestAWrongPathOrTypeFailsWithTheCodeAndDoesNothing(t *testing.T) {
	for name, verb := range map[string]func(*rule.PodPass){
		"no such field":      func(p *rule.PodPass) { p.Fill("", p.At("novel"), 1) },
		"below a string":     func(p *rule.PodPass) { p.Fill("", p.At("name", "x"), "y") },
		"no such element":    func(p *rule.PodPass) { p.Fill("", p.At("args", "7"), "y") },
		"a text for a truth": func(p *rule.PodPass) { p.Fill("", p.At("stdin"), "yes") },
		"a struct for a map": func(p *rule.PodPass) { p.Fill("", p.At("resources", "limits"), corev1.Volume{}) },
		"an undeclared part": func(p *rule.PodPass) { p.Fill("typo", p.At("stdin"), true) },
		"reports":            func(p *rule.PodPass) { p.Report(p.At("stdin"), "no") },
		"undeclared fact":    func(p *rule.PodPass) { p.Image() },
	} {
		good := ensure("SPK-I900", func(p *rule.PodPass) { p.Fill("", p.At("tty"), true) })
		set := newSet(t, good, ensure("SPK-P901", verb))
		out, err := set.Admit(subject(t, pod("", "", "")))
		if err == nil || !strings.Contains(err.Error(), "SPK-P901") || len(out.Ops)+len(out.Edits) > 0 || out.Report != "" {
			t.Errorf("%s: %v, %+v", name, err, out)
		}
		d := set.Diagnose(subject(t, pod("", "", "")))
		if len(d.Skipped) != 1 || d.Skipped[0].Code != "SPK-P901" || len(d.Findings) != 1 {
			t.Errorf("%s: diagnosis %+v", name, d)
		}
	}
}

func TestNoTokenThatSparkOrTheJVMRefuses(t *testing.T) {
	executor, daemon, driver := spark.Executor, spark.Master, spark.Driver
	for name, c := range map[string]struct {
		role       spark.Role
		token, env string
		want, fail string
	}{
		"heap":                              {daemon, "-Xmx1g", ``, ``, "SPK-P901 asks for an option that Spark refuses among those of the master"},
		"heap in a property":                {driver, "-Da=Xmx", ``, ``, "SPK-P901 asks for an option that Spark refuses among those of the driver"},
		"Spark's property of an executor":   {executor, "-Dspark.a=b", ``, ``, "SPK-P901 asks for an option that Spark refuses among those of the executor"},
		"Spark's property of a driver":      {driver, "-Dspark.a=b", ``, `add ` + main0 + `env [{"name":"SPARK_SUBMIT_OPTS","value":"-Dspark.a=b"}]`, ``},
		"collector":                         {executor, "-XX:+UseG1GC", ``, `add ` + main0 + `env [{"name":"SPARK_JAVA_OPT_0","value":"-XX:+UseG1GC"}]`, ``},
		"collector beside another":          {executor, "-XX:+UseG1GC", `"env":[{"name":"JAVA_TOOL_OPTIONS","value":"-XX:+UseZGC"}]`, `refused ` + main0 + `env user-set`, ``},
		"collector that is there":           {executor, "-XX:+UseG1GC", `"env":[{"name":"JAVA_TOOL_OPTIONS","value":"-XX:+UseG1GC"}]`, ``, ``},
		"collector of a daemon":             {daemon, "-XX:+UseG1GC", ``, `add ` + main0 + `env [{"name":"SPARK_DAEMON_JAVA_OPTS","value":"-XX:+UseG1GC"}]`, ``},
		"collector beside an unseen one":    {driver, "-XX:+UseG1GC", ``, `refused ` + main0 + `env conf-unseen`, ``},
		"collector of a server with a conf": {spark.Connect, "-XX:+UseG1GC", ``, `refused ` + main0 + `env conf-unseen`, ``},
		"collector of another server":       {spark.Thrift, "-XX:+UseG1GC", ``, `refused ` + main0 + `env conf-unseen`, ``},
	} {
		raw := pod(c.env, "", "")
		verb := newSet(t, ensure("SPK-P901", func(p *rule.PodPass) { p.MergeTokens("", c.token) }))
		in := rule.Input{Template: decode(t, raw), Raw: []byte(raw), Identity: spark.Identity{Role: c.role, Certain: true}, Settings: rule.Settings{Profile: rule.Safe}}
		rule.Put(&in.Facts, rule.FactImage, spark.Image{})
		out, err := verb.Admit(in)
		if (c.fail == "") != (err == nil) || err != nil && err.Error() != c.fail {
			t.Errorf("%s: %v", name, err)
		}
		if got := told(out); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}
