package image

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/installation"
	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func explained() *Explained {
	facts := model.Facts{{Name: model.UID, Value: "185", From: "/etc/passwd, user spark"}, {Name: model.Java, Value: "17", From: "/opt/java/openjdk/release"}, {Name: model.JMXExporter, Value: "none", From: "no jmx_prometheus_javaagent-*.jar"}}
	return &Explained{Image: &model.Image{Reference: "registry.example/team/etl:1.4", Platform: "linux/amd64", Facts: facts, Unknown: facts.Unknown(), Compressed: 300 << 20,
		Layers: []model.Layer{{Digest: "sha256:1", Compressed: 100 << 20, Unpacked: 300 << 20, Hidden: 50 << 20, CreatedBy: "RUN |1 TOKEN=ghp_16C7e42F292c6912E7710c838347Ae178B4a /bin/sh -c apt-get install \x1b[31m everything that there is to install and more", Causes: []model.Share{{Cause: "operating system", Bytes: 250 << 20}}}},
		Contents: &model.Contents{Unpacked: 400 << 20, Visible: 350 << 20, Causes: []model.Share{{Cause: "Spark jars", Bytes: 300 << 20}, {Cause: "Java", Bytes: 50 << 20}}, Deleted: 50 << 20, Efficiency: 0.874, Wasted: 60 << 20,
			Paths: []model.Waste{{Path: "/opt/spark/jars/x.jar", Bytes: 60 << 20, Layers: 2}}, Jars: []model.Jar{{Artifact: "guava", Versions: []string{"14.0.1", "32.1.3-jre"}, Paths: []string{"/a", "/b"}, Bytes: 2 << 20}}}},
		Injection: []installation.Allowance{{Role: spark.Driver, Profile: rule.Standard, Edits: []string{"SPK-S011/seccomp"}, Refused: []installation.Held{{Part: "SPK-M024/gcLog", Reason: rule.JavaUnknown}, {Part: "SPK-P017/mallocArenaMax", Reason: rule.LibcUnknown}}}},
		Settings:  "images:\n- uid: 185\n"}
}

// TestThePictureTakesTheWidth, holds no secret of the build, and says what is unknown.
func TestThePictureTakesTheWidth(t *testing.T) {
	for _, o := range []report.Options{{Width: 60}, {Width: 80}, {Width: 120, Color: true}, {Width: 80, ASCII: true}, {Format: "wide"}} {
		var b bytes.Buffer
		if err := Write(&b, explained(), o); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		for _, want := range []string{"uid             185", "C library", "unknown", "1 edit; 2 refused because of the image", "java-unknown", "Spark jars", "deleted by a later layer", "efficiency 87.4 %", "guava: versions 14.0.1, 32.1.3-jre", "images:\n- uid: 185\n"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%+v: %q is missing in\n%s", o, want, out)
			}
		}
		if strings.Contains(out, "ghp_16") || !o.Color && strings.Contains(out, "\x1b") || strings.Contains(out, "\x1b[31m e") {
			t.Errorf("%+v: the build's step is shown as it is:\n%q", o, out)
		}
		for line := range strings.Lines(out) {
			if n := layout.Columns(strings.TrimRight(line, "\n")); o.Width > 0 && !o.Color && n > o.Width {
				t.Errorf("%+v: %d columns: %q", o, n, line)
			}
			if o.ASCII && strings.ContainsFunc(line, func(r rune) bool { return r > 0x7e }) {
				t.Errorf("not ASCII: %q", line)
			}
		}
		// 300 of 400 MiB: three quarters of the bar that fits.
		if bars := strings.Count(out, "█") + strings.Count(out, "#"); o.Width == 80 && bars == 0 {
			t.Errorf("no bar:\n%s", out)
		}
	}
}

// TestFactsAreMaskedInEveryForm: some of them are an image's own words.
func TestFactsAreMaskedInEveryForm(t *testing.T) {
	e := explained()
	e.Facts = append(e.Facts, model.Fact{Name: model.System, Value: "token=ghp_16C7e42F292c6912E7710c838347Ae178B4a", From: "https://bob:hunter2hunter2@host/etc/os-release"})
	list := &List{Images: []*Listed{{Reference: "a:1", Facts: slices.Clone(e.Facts)}}}
	for what, write := range map[string]func(io.Writer, report.Options) error{
		"explain image": func(w io.Writer, o report.Options) error { return Write(w, e, o) }, "images": func(w io.Writer, o report.Options) error { return WriteList(w, list, o) },
	} {
		var out string
		printer := func(_ io.Writer, d printers.Document) error {
			raw, err := json.Marshal(d.Whole)
			out = string(raw)
			return err
		}
		if err := write(io.Discard, report.Options{Printer: printer}); err != nil || strings.Contains(out, "ghp_16") || strings.Contains(out, "hunter2") || !strings.Contains(out, "java") {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

func TestTheListSaysWhatIsKnown(t *testing.T) {
	l := &List{Next: "kubectl spark images --learn", Images: []*Listed{
		{Reference: "registry.example/team/etl:1.4", Workloads: []string{"a/b"}, Pods: 3, Size: 1 << 30, Facts: explained().Facts, Unknown: []string{model.Spark, model.Libc}, Injection: explained().Injection},
		{Reference: "registry.example/team/etl:1.5", Workloads: []string{"a/b", "a/c"}, Unknown: []string{}, Error: "registry x refuses access: password=hunter2hunter2"},
	}}
	for _, width := range []int{60, 80, 120} {
		var b bytes.Buffer
		if err := WriteList(&b, l, report.Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		out := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range []string{"3 pods of 1 workload · 1.00 GiB on nodes", "known uid 185, Java 17", "unknown Spark, C library", "driver 1 edit, 2 refused because of the image", "not read registry x refuses access", "2 Spark images in use; 1 lacks facts that edits need", "next: kubectl spark images --learn"} {
			if !strings.Contains(out, want) {
				t.Errorf("%d columns: %q is missing in\n%s", width, want, b.String())
			}
		}
		if strings.Contains(out, "hunter2") {
			t.Errorf("a password is shown:\n%s", b.String())
		}
	}
}
