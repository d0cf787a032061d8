package rule_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// sent are the managedFields of a request that holds labels, one variable and besides what is given, as fieldsV1.
func sent(metadata string) string {
	return `"managedFields":[{"manager":"kubectl","operation":"Update","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{` + metadata + `"f:labels":{".":{},"f:spark-role":{}}},
		"f:spec":{"f:containers":{"k:{\"name\":\"spark-kubernetes-executor\"}":{".":{},"f:name":{},"f:args":{},"f:env":{".":{},"k:{\"name\":\"USER\"}":{".":{},"f:name":{},"f:value":{}}}}}}}}]`
}

// careful is a rule with edits of several kinds, each with what speaks against it.
func careful() *rule.Rule {
	return ensure("SPK-S901", func(p *rule.PodPass) {
		p.AppendEnv("env", "ARENAS", "2")
		p.MergeTokens("first", "-XX:A=1")
		if len(p.Template().Spec.Volumes) == 0 || p.Template().Spec.Volumes[0].Name == "" {
			p.MergeTokens("second", "-XX:B=1")
		}
		if sc := p.Main().SecurityContext; sc != nil && sc.Privileged != nil {
			p.Refuse("escalation", p.At("securityContext"), rule.Privileged)
		} else {
			p.Fill("escalation", p.At("securityContext", "allowPrivilegeEscalation"), false)
		}
		p.Annotate("annotation", "prometheus.io/scrape", "true")
	}, "env", "first", "second", "escalation", "annotation")
}

// TestAnotherWebhookComesOutAsIfItHadBeenCalledFirst: what it adds takes back what the rules would not have done then, and nothing else.
func TestAnotherWebhookComesOutAsIfItHadBeenCalledFirst(t *testing.T) {
	set := newSet(t, careful())
	plain := pod(`"env":[{"name":"USER","value":"x"}]`, sent(""), "")
	add := func(path, value string) patch.Op {
		return patch.Op{Op: patch.Add, Path: path, Value: []byte(value)}
	}
	const c = "/spec/containers/0/"
	for name, theirs := range map[string][]patch.Op{
		"nothing":                         {},
		"a label":                         {add("/metadata/labels/team", `"a"`)},
		"envFrom":                         {add(c+"envFrom", `[{"configMapRef":{"name":"settings"}}]`)},
		"the same variable":               {add(c+"env/-", `{"name":"ARENAS","value":"4"}`)},
		"the same variable and value":     {add(c+"env/-", `{"name":"ARENAS","value":"2"}`)},
		"the same variable from a Secret": {add(c+"env/-", `{"name":"ARENAS","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}`)},
		"an option":                       {add(c+"env/-", `{"name":"JAVA_TOOL_OPTIONS","value":"-XX:A=7"}`)},
		"options that cannot be seen":     {add(c+"env/-", `{"name":"JAVA_TOOL_OPTIONS","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}`)},
		"a volume":                        {add("/spec/volumes", `[{"name":"data","emptyDir":{}}]`)},
		"a privileged container":          {add(c+"securityContext/privileged", `true`)},
		"another security context":        {add(c+"securityContext", `{"privileged":true}`)},
		"its own value":                   {add(c+"securityContext/allowPrivilegeEscalation", `true`)},
		"all at once":                     {add("/spec/volumes", `[{"name":"data","emptyDir":{}}]`), add(c+"envFrom", `[{"configMapRef":{"name":"settings"}}]`), add(c+"securityContext/privileged", `true`)},
	} {
		t.Run(name, func(t *testing.T) {
			_, injected := admit(t, set, plain)
			first := plain // the object stands in which the other webhook adds a field
			if strings.Contains(name, "privileged") || name == "its own value" || name == "all at once" {
				first = apply(t, plain, []patch.Op{add(c+"securityContext", `{}`)})
			}
			theirsFirst := apply(t, first, theirs)
			_, want := admit(t, set, theirsFirst)
			again, got := admit(t, set, apply(t, injected, theirs))
			if diff := differ(t, got, want); diff != "" {
				t.Fatalf("%s\ngot  %s\nwant %s", diff, got, want)
			}
			if thrice, _ := admit(t, set, got); len(thrice.Ops) > 0 {
				t.Errorf("once more is not the same: %v", thrice.Ops)
			}
			ops, kept, err := undo(t, set, got)
			if same, _ := patch.SameJSON([]byte(apply(t, got, ops)), []byte(theirsFirst)); err != nil || len(kept) > 0 || !same && first == plain {
				t.Errorf("%v, %v: what is taken back leaves\n%s\nand not\n%s", err, kept, apply(t, got, ops), theirsFirst)
			}
			for _, op := range again.Ops[again.Back:] {
				if op.Op == patch.Remove {
					t.Errorf("what is not taken back is removed: %v", op)
				}
			}
		})
	}
}

// differ says how two templates differ, but for the order of variables and the report's account of it.
func differ(t *testing.T, one, other string) string {
	t.Helper()
	a, b := decode(t, one), decode(t, other)
	var rest [2][]byte
	x, y := report(t, one), report(t, other)
	if strings.Join(x.Applied, " ") != strings.Join(y.Applied, " ") || len(x.Refused) != len(y.Refused) || len(x.Undo) != len(y.Undo) {
		return "the reports differ: " + a.Annotations[rule.ReportAnnotation] + " and " + b.Annotations[rule.ReportAnnotation]
	}
	for code, reason := range x.Refused {
		if y.Refused[code] != reason {
			return code + " is refused as " + string(reason) + " and " + string(y.Refused[code])
		}
	}
	values := func(raw string) string {
		all := map[string][]string{}
		var names []string
		for _, e := range decode(t, raw).Spec.Containers[0].Env {
			if strings.HasPrefix(e.Name, "SPARK_JAVA_OPT_") { // numbers stay what they were
				e.Name = "option " + e.Value
			}
			if all[e.Name] == nil {
				names = append(names, e.Name)
			}
			all[e.Name] = append(all[e.Name], e.Value)
		}
		slices.Sort(names)
		text := ""
		for _, name := range names {
			text += name + "=" + strings.Join(all[name], ",") + ";"
		}
		return text
	}
	if values(one) != values(other) {
		return "variables: " + values(one) + " and " + values(other)
	}
	for i, template := range []*corev1.PodTemplateSpec{a, b} {
		template.Spec.Containers[0].Env = nil
		delete(template.Annotations, rule.ReportAnnotation)
		rest[i], _ = json.Marshal(template)
	}
	if string(rest[0]) != string(rest[1]) {
		return string(rest[0]) + " and " + string(rest[1])
	}
	return ""
}

// TestAReportThatCameWithTheRequestTakesNothingBack: its sender may have written it, and a policy may have set what it names.
func TestAReportThatCameWithTheRequestTakesNothingBack(t *testing.T) {
	set := newSet(t, careful())
	const refused = `"env":[{"name":"USER","value":"x"},{"name":"ARENAS","value":"2"}],"envFrom":[{"configMapRef":{"name":"settings"}}],"securityContext":{"privileged":true,"allowPrivilegeEscalation":false}`
	const claim = `{"rev":"1","profile":"standard","container":"spark-kubernetes-executor","applied":["SPK-S901/env","SPK-S901/escalation"],"undo":["@/env/ARENAS","@/securityContext/allowPrivilegeEscalation"]}`
	for name, managed := range map[string]string{
		"the request holds it":      sent(`"f:annotations":{".":{},"f:kubectl-spark.io/report":{}},`),
		"nobody says what it holds": `"managedFields":[]`,
		"no list of fields":         `"x":1`,
	} {
		out, _ := admit(t, set, pod(refused, `"annotations":{"kubectl-spark.io/report":`+quoted(claim)+`},`+managed, ""))
		if out.Back > 0 {
			t.Errorf("%s: %v", name, out.Ops)
		}
		for _, op := range out.Ops {
			if op.Op == patch.Remove {
				t.Errorf("%s: %v", name, op)
			}
		}
	}
	out, after := admit(t, set, pod(refused, `"annotations":{"kubectl-spark.io/report":`+quoted(claim)+`},`+sent(""), ""))
	if out.Back != 2 || strings.Contains(after, "ARENAS\"") || strings.Contains(after, "allowPrivilegeEscalation\":") {
		t.Errorf("the report of the same admission: %d, %s", out.Back, after)
	}
}

// TestWhatAnotherWebhookGoesByStays: an option that stands among those of another webhook, and a volume that it mounts, are not
// taken back, and neither is what they need.
func TestWhatAnotherWebhookGoesByStays(t *testing.T) {
	set := newSet(t, ensure("SPK-M901", func(p *rule.PodPass) {
		if len(p.Main().EnvFrom) > 0 {
			p.Refuse("", p.At("envFrom"), rule.EnvFrom)
			return
		}
		p.MergeTokens("", "-Xlog:gc:file=/logs/gc.log")
		p.AddVolume("", corev1.Volume{Name: "logs"})
		p.Mount("", corev1.VolumeMount{Name: "logs", MountPath: "/logs"})
		p.MergeTokens("", "-XX:A=1")
	}))
	driver := func(env string) string {
		fields := `"k:{\"name\":\"USER\"}":{".":{},"f:name":{},"f:value":{}}`
		if strings.Contains(env, "SUBMIT") {
			fields += `,"k:{\"name\":\"SPARK_SUBMIT_OPTS\"}":{".":{},"f:name":{},"f:value":{}}`
		}
		return `{"metadata":{"labels":{"spark-role":"driver"},"managedFields":[{"fieldsV1":{"f:metadata":{"f:labels":{"f:spark-role":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"spark-kubernetes-driver\"}":{"f:name":{},"f:args":{},"f:image":{},"f:env":{` +
			fields + `}}}}}}]},"spec":{"containers":[{"name":"spark-kubernetes-driver","args":["driver"],"image":"apache/spark:3.5.6","env":[{"name":"USER","value":"x"}` + env + `]}]}}`
	}
	const c = "/spec/containers/0/"
	value := func(value string) patch.Op {
		return patch.Op{Op: patch.Replace, Path: c + "env/1/value", Value: []byte(quoted(value))}
	}
	add := func(path, value string) patch.Op {
		return patch.Op{Op: patch.Add, Path: path, Value: []byte(value)}
	}
	const ours = "-Xlog:gc:file=/logs/gc.log -XX:A=1"
	for name, one := range map[string]struct {
		env    string
		theirs patch.Op
		stays  bool
	}{
		"options behind ours":         {"", value(ours + " -Dtheirs=1"), true},
		"options before ours":         {"", value("-Dtheirs=1 " + ours), true},
		"options between ours":        {"", value("-Xlog:gc:file=/logs/gc.log -Dtheirs=1 -XX:A=1"), true},
		"options behind all":          {`,{"name":"SPARK_SUBMIT_OPTS","value":"-Dmine=1"}`, value("-Dmine=1 " + ours + " -Dtheirs=1"), true},
		"options before all":          {`,{"name":"SPARK_SUBMIT_OPTS","value":"-Dmine=1"}`, value("-Dtheirs=1 -Dmine=1 " + ours), false},
		"a container mounts it":       {"", add("/spec/containers/-", `{"name":"theirs=1","volumeMounts":[{"name":"logs","mountPath":"/x"}]}`), true},
		"an init container":           {"", add("/spec/initContainers", `[{"name":"theirs=1","volumeMounts":[{"name":"logs","mountPath":"/logs"}]}]`), true},
		"the mount is another":        {"", add(c+"volumeMounts/0/subPath", `"theirs=1"`), true},
		"it is mounted a second time": {"", add(c+"volumeMounts/-", `{"name":"logs","mountPath":"/theirs=1"}`), true},
		"nothing of it":               {"", add("/metadata/labels/x", `"theirs=1"`), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, injected := admit(t, set, driver(one.env))
			_, got := admit(t, set, apply(t, injected, []patch.Op{one.theirs, add(c+"envFrom", `[{"configMapRef":{"name":"settings"}}]`)}))
			option, volume := strings.Contains(got, "-Xlog"), strings.Contains(got, `{"name":"logs"}`)
			if !strings.Contains(got, "theirs=1") || strings.Contains(one.env, "mine") && !strings.Contains(got, "mine") {
				t.Errorf("what others set is gone: %s", got)
			}
			if option != one.stays || volume != one.stays || !volume && strings.Contains(got, "volumeMounts") {
				t.Errorf("option %v, volume %v: %s", option, volume, got)
			}
			if thrice, _ := admit(t, set, got); len(thrice.Ops) > 0 {
				t.Errorf("once more is not the same: %v", thrice.Ops)
			}
		})
	}
}

// TestWhatTheRequestListsIsNeverTakenBack, whoever says in its report that it was ours.
func TestWhatTheRequestListsIsNeverTakenBack(t *testing.T) {
	const managed = `"managedFields":[{"fieldsV1":{"f:metadata":{"f:labels":{"f:spark-role":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"spark-kubernetes-executor\"}":{"f:name":{},"f:args":{},"f:env":{
		"k:{\"name\":\"ARENAS\"}":{"f:name":{},"f:value":{}}},"f:securityContext":{"f:privileged":{},"f:allowPrivilegeEscalation":{}}}}}}}]`
	const claim = `{"rev":"1","profile":"standard","container":"spark-kubernetes-executor","applied":["SPK-S901/env","SPK-S901/escalation"],"undo":["@/env/ARENAS","@/securityContext/allowPrivilegeEscalation"]}`
	raw := pod(`"env":[{"name":"ARENAS","value":"2"}],"envFrom":[{"configMapRef":{"name":"settings"}}],"securityContext":{"privileged":true,"allowPrivilegeEscalation":false}`,
		`"annotations":{"kubectl-spark.io/report":`+quoted(claim)+`},`+managed, "")
	if out, _ := admit(t, newSet(t, careful()), raw); out.Back > 0 {
		t.Errorf("%v", out.Ops)
	}
}

// TestAReportOfAnotherContainerTakesNothingBack: what stands in one is not what was done to another.
func TestAReportOfAnotherContainerTakesNothingBack(t *testing.T) {
	const claim = `{"rev":"1","profile":"standard","container":"other","applied":["SPK-S901/env"],"undo":["@/env/ARENAS"]}`
	raw := pod(`"env":[{"name":"USER","value":"x"},{"name":"ARENAS","value":"2"}],"envFrom":[{"configMapRef":{"name":"settings"}}]`, `"annotations":{"kubectl-spark.io/report":`+quoted(claim)+`},`+sent(""), "")
	if out, _ := admit(t, newSet(t, careful()), raw); out.Back > 0 {
		t.Errorf("%v", out.Ops)
	}
}
