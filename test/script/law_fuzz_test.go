package script

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/report"
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

// FuzzLawSix: whatever is done to a file, a check mark stands over what was read and judged, commands see the same
// workloads, and a secret stays one.
func FuzzLawSix(f *testing.F) {
	for i, name := range written(f, "corrected", "faulty", "shaped") {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 6_000 {
			f.Add(text, uint16(i*7), uint8(i), uint16(i*13), uint8(i/3))
		}
	}
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
	b := benchFor(t.TempDir(), "file.yaml")
	doctor, doctored, known := b.doctor(text)
	table, _, err := b.on(text, "doctor", "--fail-on", "never")
	if err != nil {
		t.Fatal(err)
	}
	fix, _, err := b.on(text, "fix", "--all")
	if err != nil {
		t.Fatal(err)
	}
	tune, _, err := b.on(text, "tune", "--node-shape=16x64Gi", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]said{"doctor": doctored, "table": table, "tune": tune} {
		if strings.Contains(s.out+s.errs, planted) && strings.Contains(string(text), "\nspark.hadoop.fs.s3a.secret.key: "+planted) {
			t.Errorf("%s shows the secret\n%s%s\n--\n%s", what, s.out, s.errs, text)
		}
	}
	if !known {
		if fix.code == 0 || strings.Contains(table.out, "√") {
			t.Errorf("doctor gives no report; fix ends with %d; the table is\n%s\n--\n%s", fix.code, table.out, text)
		}
		return
	}
	if err := earned(table.out, doctor); err != nil {
		t.Errorf("%v\n%s\n--\n%s", err, table.out, text)
	}
	found, told := shown(doctor), told(fix.errs)
	for key := range found {
		if fix.code == 0 && told[key] == nil {
			t.Errorf("fix tells nothing of %s\n%s\n--\n%s", key, fix.errs, text)
		}
	}
	var tuning report.Tuning
	if json.Unmarshal([]byte(tune.out), &tuning) != nil {
		return
	}
	for _, w := range tuning.Workloads {
		if !slices.ContainsFunc(doctor.Workloads, func(d report.Workload) bool { return d.Name == w.Name }) {
			t.Errorf("tune sees %s, doctor does not\n--\n%s", w.Name, text)
		}
	}
}
