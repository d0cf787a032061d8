package rulebook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// BenchmarkAdmit is what one executor costs the webhook beyond the HTTP around it: 60 variables, every profile's parts.
func BenchmarkAdmit(b *testing.B) {
	set, err := New()
	if err != nil {
		b.Fatal(err)
	}
	raw := base(b, "executor-3.5")
	template := decode(b, raw)
	env := template.Spec.Containers[0].Env
	text := ""
	for i := len(env); i < 60; i++ {
		text += fmt.Sprintf(`{"name":"VARIABLE_%d","value":"the value of variable %d"},`, i, i)
	}
	const list = `"env":[`
	raw = []byte(replaceOnce(b, string(raw), list, list+text))
	template = decode(b, raw)
	if n := len(template.Spec.Containers[0].Env); n != 60 {
		b.Fatalf("%d variables", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		fresh := template.DeepCopy()
		b.StartTimer()
		out, _, err := set.AdmitPod(raw, fresh, rule.Marks{}, rule.Options{Profile: rule.Restricted})
		if err != nil || len(out.Ops) == 0 {
			b.Fatal(err, out)
		}
	}
}

func replaceOnce(t testing.TB, s, old, to string) string {
	t.Helper()
	if strings.Count(s, old) != 1 {
		t.Fatalf("%q stands %d times", old, strings.Count(s, old))
	}
	return strings.Replace(s, old, to, 1)
}
