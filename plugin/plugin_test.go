package plugin

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/plugin/safe"
	"github.com/kubectl-spark/kubectl-spark/plugin/session"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/scene"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestAnInterruptedCommandExitsWith130AndSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: \"http://127.0.0.1:1\"}}]\ncontexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	root := New(genericiooptions.IOStreams{In: &out, Out: &out, ErrOut: &errs}, rulebook.New, "test")
	root.SetArgs([]string{"doctor", "--kubeconfig", path})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code := Execute(ctx, root); code != ExitInterrupted || out.Len() > 0 || errs.String() != "error: interrupted\n" {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
}

func TestEveryCommandHasWordsForItself(t *testing.T) {
	root := New(genericiooptions.IOStreams{}, rulebook.New, "test")
	for _, c := range root.Commands() {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || len(c.Short) > 60 {
			t.Errorf("%s: its short help %q must be there, be short and end without a stop", c.Name(), c.Short)
		}
	}
}

func TestConfOfALiveWorkloadIsMaskedAndClean(t *testing.T) {
	m := &change.Set{Scene: &scene.Scene{}, Submit: []change.Settings{{Title: "a/b", Changes: []spark.Change{{Key: "spark.ssl.keyPassword", Value: "Ω1ab2cd3Ω"}, {Key: "spark.a", Value: "-Dtoken=Ω1ab2cd3Ω -Dx=\x1b[31m"}, {Key: "spark.c", Unset: true}}}}}
	for _, c := range []struct {
		names  []string
		show   bool
		want   string
		masked bool
	}{
		{nil, false, "--conf 'spark.ssl.keyPassword=(masked)'\n--conf 'spark.a=-Dtoken=(masked) -Dx=\uFFFD[31m'\n", true},
		{nil, true, "--conf spark.ssl.keyPassword=Ω1ab2cd3Ω\n--conf 'spark.a=-Dtoken=Ω1ab2cd3Ω -Dx=\x1b[31m'\n", false},
		{[]string{"f"}, false, "--conf spark.ssl.keyPassword=Ω1ab2cd3Ω\n--conf 'spark.a=-Dtoken=Ω1ab2cd3Ω -Dx=\x1b[31m'\n", false},
	} {
		var errs bytes.Buffer
		o := &fixOptions{doctorOptions: doctorOptions{Session: &session.Session{IOStreams: genericiooptions.IOStreams{Out: &bytes.Buffer{}, ErrOut: &errs}}, showSecrets: c.show}}
		o.Names = c.names
		out, masked, err := o.show(m)
		if got := string(out); err != nil || masked != c.masked || got != "# a/b: for what submits it\n# remove spark.c\n"+c.want {
			t.Errorf("%v, %v: %q, %q", c.names, c.show, got, errs.String())
		}
	}
}

// TestSettingsOfASubmissionAreACommentOfYAML, so that kubectl apply takes what -o yaml shows.
func TestSettingsOfASubmissionAreACommentOfYAML(t *testing.T) {
	m := &change.Set{Scene: &scene.Scene{}, Submit: []change.Settings{{Title: "a/b", Changes: []spark.Change{{Key: "spark.a", Value: "b\nc: d"}, {Key: "spark.c", Unset: true}}}}}
	o := &fixOptions{doctorOptions: doctorOptions{Session: &session.Session{IOStreams: genericiooptions.IOStreams{Out: &bytes.Buffer{}}}, showSecrets: true, output: "yaml"}}
	out, _, err := o.show(m)
	if want := "# a/b: for what submits it\n# remove spark.c\n# --conf 'spark.a=b\n# c: d'\n"; err != nil || string(out) != want {
		t.Errorf("%v %q", err, out)
	}
}

// TestFixTellsWhatOnlyASubmitterCanChange: it is told apart from what was edited.
func TestFixTellsWhatOnlyASubmitterCanChange(t *testing.T) {
	f := &rule.Finding{Code: "SPK-P900", Summary: "set it"}
	one := func(fate change.Fate, submit bool, why string) change.Outcome {
		return change.Outcome{Finding: f, Title: "a/b", Role: "driver", Fate: fate, Submit: submit, Why: why}
	}
	all := []change.Outcome{one(change.Submit, true, ""), one(change.Partly, true, ""), one(change.Manual, false, "no form")}
	var said []fate
	for _, o := range all {
		said = append(said, fatesOf(&o, false, func() []string { return o.Done(nil, false) })...)
	}
	if said[0] != (fate{"submit", "a/b", ", driver: SPK-P900: set it"}) || said[2] != (fate{"manual", "a/b", ", driver: SPK-P900: set it; not changed: no form"}) {
		t.Errorf("%q", said)
	}
}

// TestManualStandsBeforeWhatIsSubmitted: what was edited, what is manual, then what belongs to the submit command, each in doctor's order.
func TestManualStandsBeforeWhatIsSubmitted(t *testing.T) {
	one := func(code string, fate change.Fate) change.Outcome {
		return change.Outcome{Finding: &rule.Finding{Code: code, Summary: "set it"}, Title: "a/b", Role: "driver", Fate: fate}
	}
	all := []change.Outcome{one("SPK-P901", change.Submit), one("SPK-P902", change.Manual), one("SPK-P903", change.Fixed), one("SPK-P904", change.Submit), one("SPK-P905", change.Partly), one("SPK-P906", change.Manual)}
	where := func(*change.Outcome) string { return "a.yaml" }
	for headed, want := range map[bool]string{false: "fixed P903, partly P905, manual P902, manual P906, submit P901, submit P904", true: "partly P905, manual P902, manual P906, submit P901, submit P904"} {
		var said []string
		for _, f := range (&fixOptions{}).fates(all, headed, where) {
			if strings.HasSuffix(f.text, "; where: a.yaml") == (f.word == "fixed") {
				t.Errorf("%s: %q", f.word, f.text)
			}
			said = append(said, f.word+" "+f.text[strings.Index(f.text, "P9"):][:4])
		}
		if got := strings.Join(said, ", "); got != want {
			t.Errorf("with headings %v: %s, want %s", headed, got, want)
		}
	}
}

// What is made from files holds their secrets, so that it can be applied; settings and operations on a terminal do not.
func TestSecretsOfFiles(t *testing.T) {
	changes := []spark.Change{{Key: "spark.driver.extraJavaOptions", Value: "-Ddb.password=kP2v9QxWmZ7hunter2"}}
	object := `{"kind":"ConfigMap","data":{"password":"kP2v9QxWmZ7hunter2","driver.properties":"spark.ssl.keyPassword kP2v9QxWmZ7hunter2\nspark.a b"}}`
	for _, p := range []*safe.Printer{{Hide: true}, {}} {
		shown := change.Settings{Changes: changes}.Masked(p.Value).Changes[0].Value
		shown += string(p.JSON([]byte(object)))
		want := map[bool]int{true: 0, false: 3}[p.Hide]
		if got := strings.Count(shown, "hunter2"); got != want || p.Masked != p.Hide {
			t.Errorf("%+v: %d secrets of 3 stand in clear, want %d", p, got, want)
		}
	}
}
