package script

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// planted is a secret that no output may show.
const planted = "Pl4nted-Hunter2-Zq9"

// wounds are ways in which a file may be broken; at says where, by line.
var wounds = []func(lines []string, at int) []string{
	func(l []string, at int) []string { return slices.Delete(l, at, at+1) },
	func(l []string, at int) []string {
		key, _, _ := strings.Cut(l[at], ":")
		l[at] = key + ": [broken, 1"
		return l
	},
	func(l []string, at int) []string { return slices.Insert(l, at, indent(l[at])+"unknownField: 7") },
	func(l []string, at int) []string { l[at] = "  " + l[at]; return l },
	func(l []string, at int) []string { l[at] = strings.TrimPrefix(l[at], "  "); return l },
	func(l []string, at int) []string {
		return slices.Insert(l, at, indent(l[at])+"env: [{name: A, valueFrom: {secretKeyRef: {name: x}}}]")
	},
	func(l []string, at int) []string { l[at] += " {{ .Values.x }}"; return l },
	func(l []string, at int) []string { l[at] += " {% if x %}"; return l },
	func(l []string, at int) []string {
		return slices.Insert(l, at, indent(l[at])+"spark.hadoop.fs.s3a.secret.key: "+planted)
	},
}

func indent(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// FuzzLaws: the laws hold for files that are broken in any way, and a secret stays one.
func FuzzLaws(f *testing.F) {
	for i, name := range written(f, "corrected", "faulty", "shaped") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 6_000 {
			f.Add(text, uint16(i*7), uint8(i), uint16(i*13), uint8(i/3))
		}
	}
	// A container's name with a blank.
	f.Add([]byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: etl-driver\n  labels: {spark-role: driver, spark-app-selector: spark-71c}\nspec:\n  containers:\n  - name: spark-kubernetes-driver {% if x %}\n    image: apache/spark:4.1.1\n    args: [driver]\n"), uint16(0), uint8(2), uint16(0), uint8(7))
	f.Fuzz(func(t *testing.T, text []byte, at uint16, how uint8, at2 uint16, how2 uint8) {
		if len(text) == 0 || len(text) > 20_000 {
			return
		}
		lines := strings.Split(string(text), "\n")
		for _, w := range [][2]int{{int(at), int(how)}, {int(at2), int(how2)}} {
			if len(lines) > 0 {
				lines = wounds[w[1]%len(wounds)](lines, w[0]%len(lines))
			}
		}
		broken(t, []byte(strings.Join(lines, "\n")))
	})
}

func broken(t *testing.T, text []byte) {
	t.Helper()
	r, err := runAll(t.TempDir(), "file.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]said{"doctor": r.doctored, "table": r.table, "tune": r.tune} {
		if strings.Contains(s.out+s.errs, planted) && strings.Contains(string(text), "\nspark.hadoop.fs.s3a.secret.key: "+planted) {
			t.Errorf("%s shows the secret\n%s%s", what, s.out, s.errs)
		}
	}
	if !r.known && (r.fix.code == 0 || strings.Contains(r.table.out, "√")) {
		t.Errorf("doctor gives no report; fix ends with %d; the table is\n%s", r.fix.code, r.table.out)
	}
	fixTells(t, r)
	fixCounts(t, r)
	injectBringsNothing(t, r)
	commandsSeeTheSame(t, r)
	twiceIsOnce(t, r)
	tuneAndFixAgree(t, r)
	r.back = withoutNulls(r.back, text)
	uninjectGivesBack(t, r)
	markIsEarned(t, r)
	if t.Failed() {
		t.Logf("the input is\n%s", text)
	}
}

// withoutNulls takes null from the lines where the text has a key without a value: that is how uninject writes it, and all that
// it may change.
func withoutNulls(back, text []byte) []byte {
	lines, want := bytes.SplitAfter(back, []byte("\n")), bytes.SplitAfter(text, []byte("\n"))
	for i := range min(len(lines), len(want)) {
		if !bytes.Equal(lines[i], want[i]) && bytes.Equal(bytes.Replace(lines[i], []byte(": null"), []byte(":"), 1), want[i]) {
			lines[i] = want[i]
		}
	}
	return bytes.Join(lines, nil)
}
