package rulebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/patch"
	patchjson "github.com/kubectl-spark/kubectl-spark/patch/json"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// annotated is the pod with an annotation.
func annotated(t testing.TB, raw []byte, key, value string) []byte {
	t.Helper()
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	metadata := tree["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
		metadata["annotations"] = annotations
	}
	annotations[key] = value
	out, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// forgeries are reports that users wrote.
func forgeries(container string) []string {
	all := []string{``, ` `, `{}`, `[]`, `null`, `7`, `{"undo":`, `{"undo":{"a":1}}`, strings.Repeat("[", 1000), strings.Repeat(" ", 4096) + "{}"}
	for _, undo := range []string{"@/image", "@/args", "@/command", "@/env", "@/env/SPARK_DRIVER_URL", "@/name", "@/resources", "@/resources/requests/memory", "@/+securityContext/privileged", "spec/securityContext",
		"spec/volumes", "spec/volumes/0", "spec/restartPolicy", "metadata/labels/spark-role", "metadata/annotations/mine", "metadata/annotations", "@other/image", "@" + container + "/image", "", "@", "/", "~2", "@/env/-1", "@/++args", "@/env/A/value -x",
		"@/securityContext/allowPrivilegeEscalation"} {
		text, _ := json.Marshal(map[string]any{"rev": "9\n\x1b[2J", "profile": "restricted", "container": container, "applied": []string{"SPK-S011/seccomp", "SPK-X999", "SPK-P044/memory"},
			"refused": map[string]string{"SPK-S011/seccomp": "privileged", "SPK-P044/memory": "worker-memory-unknown", "SPK-X999": "quota"}, "undo": []string{undo, undo}})
		all = append(all, string(text))
	}
	return all
}

// TestAForgedReportIsNeverBelieved: of pods that nobody injected, whatever their reports claim.
func TestAForgedReportIsNeverBelieved(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range bases(t) {
		plain := annotated(t, base(t, name), "mine", "1")
		who := spark.Identify(&decode(t, plain).ObjectMeta, &decode(t, plain).Spec)
		if !who.Certain {
			continue
		}
		container := decode(t, plain).Spec.Containers[who.Container].Name
		for _, text := range forgeries(container) {
			raw := annotated(t, plain, rule.ReportAnnotation, text)
			claims, had, err := set.ReadClaims(who, raw, nil)
			if !had || err == nil && (len(claims.Applied) > 0 || len(claims.Refused) > 1 || claims.Refused["SPK-S011/seccomp"] != "") {
				t.Errorf("%s: %s is believed: %+v", name, text, claims)
			}
			ops, _, err := set.UndoAs(who, raw)
			if err == nil {
				back, err := patchjson.Apply(raw, ops)
				if err != nil {
					t.Fatal(err)
				}
				if same, err := patch.SameJSON(back, plain); err != nil || !same {
					t.Errorf("%s: %s makes uninject change more than the report: %v", name, text, ops)
				}
			}
			// What is injected then says only what was done.
			out, _, err := set.AdmitPod(raw, decode(t, raw), rule.Marks{}, rule.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if text == "" || out.Report == text {
				continue
			}
			report, err := rule.ReadReport(out.Report)
			if err != nil || report.Revision != Revision || report.Container != container || report.Profile != rule.Standard || strings.Contains(out.Report, "X999") || strings.Contains(fmt.Sprint(report.Undo), "/image") {
				t.Errorf("%s: %s becomes %s, %v", name, text, out.Report, err)
			}
		}
	}
}

// TestAForgedReportIsNotKeptWhereAnnotationsAreFull: there is no room for a true one, which is no reason to keep it. A true
// one stays.
func TestAForgedReportIsNotKeptWhereAnnotationsAreFull(t *testing.T) {
	set, err := New()
	if err != nil {
		t.Fatal(err)
	}
	full := strings.Repeat("x", 255<<10)
	admit := func(raw []byte) []byte {
		out, _, err := set.AdmitPod(raw, decode(t, raw), rule.Marks{}, rule.Options{})
		if err != nil {
			t.Fatal(err)
		}
		after, err := patchjson.Apply(raw, out.Ops)
		if err != nil {
			t.Fatal(err)
		}
		return after
	}
	for _, text := range []string{`{"applied":["SPK-S011/seccomp"]}`, `{}`, "x", strings.Repeat("y", 900)} {
		raw := annotated(t, annotated(t, base(t, "driver-3.5"), "full", full), rule.ReportAnnotation, text)
		after := admit(raw)
		if got := decode(t, after); got.Annotations[rule.ReportAnnotation] != "" || len(got.Annotations["full"]) != len(full) {
			t.Errorf("%.40s is kept", text)
		}
		if again := admit(after); !bytes.Equal(again, after) {
			t.Error("twice is not once")
		}
	}
	injected := annotated(t, admit(base(t, "driver-3.5")), "full", full)
	if after := admit(injected); decode(t, after).Annotations[rule.ReportAnnotation] == "" {
		t.Error("a true report is emptied")
	}
	// A forged one that fills the room itself is replaced.
	if after := admit(annotated(t, base(t, "driver-3.5"), rule.ReportAnnotation, full)); decode(t, after).Spec.Containers[0].SecurityContext == nil {
		t.Error("a long report keeps the pod from being injected")
	}
}
