package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/report"
	"github.com/kubectl-spark/kubectl-spark/report/printers"
)

// TestLawNoSecretOfAnyInputIsShown: law 4 over every fixture and case, with a secret planted in each setting, variable, argument
// and annotation map that it has. Formats take turns, for each is the same report.
func TestLawNoSecretOfAnyInputIsShown(t *testing.T) {
	formats := append(report.Formats(), printers.Samples()...)
	planted, turns := 0, 0
	for _, r := range inputs(t) {
		text := r.withSecrets(t)
		if n := strings.Count(string(text), plantedCore); n == 0 {
			continue
		} else {
			planted += n
		}
		b := benchFor(t.TempDir(), r.name)
		turns++
		for _, words := range [][]string{{"doctor", "--all"}, {"doctor", "--all", "-o", formats[turns%len(formats)]}, {"tune", "--try"}, {"tune", "-o", "json"},
			{"explain", "memory"}, {"fix", "--all", "--check"}, {"fix", "--all", "-o", "patch"}, {"tune", "--try", "-o", "diff"}, {"inject"}} {
			s, _, err := b.on(text, words...)
			if err != nil {
				t.Fatal(err)
			}
			if out := words[len(words)-1]; out == "patch" || out == "diff" || words[0] == "inject" {
				s.out = "" // it can be applied, and holds what the file does
			}
			lawHidden(t, 0, r.name, words, s.out, s.errs)
		}
	}
	if planted < 300 || turns < 100 {
		t.Errorf("%d secrets were planted in %d inputs", planted, turns)
	}
}

// withSecrets is the input with secrets in it, without its shape.
func (r *answers) withSecrets(t *testing.T) []byte {
	secret := "k" + plantedCore + "Z7hunter2"
	if !r.objects() {
		if strings.HasSuffix(r.name, ".conf") || strings.HasSuffix(r.name, ".properties") {
			return fmt.Appendf(slices.Clone(r.text), "\nspark.ssl.keyPassword %s\nspark.hadoop.db.url jdbc:postgresql://db/x?user=a&password=%s\n", secret, secret)
		}
		return nil
	}
	var b []byte
	for _, object := range decoded(t, r.name, r.text) {
		plant(object, secret)
		raw, err := yaml.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		b = append(append(b, "---\n"...), raw...)
	}
	return b
}

// plant puts a secret into everything that may hold one.
func plant(value any, secret string) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			plant(one, secret)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			plant(v[key], secret)
			switch held := v[key].(type) {
			case map[string]any:
				switch key {
				case "sparkConf", "hadoopConf":
					held["spark.hadoop.fs.s3a.secret.key"], held["spark.executorEnv.DB_PASSWORD"] = secret, secret
				case "envVars":
					held["AWS_SECRET_ACCESS_KEY"] = secret
				case "annotations":
					held["last"] = fmt.Sprintf(`{"env":[{"name":"API_TOKEN","value":%q}]}`, secret)
				}
			case []any:
				switch key {
				case "env":
					v[key] = append(held, map[string]any{"name": "DB_PASSWORD", "value": secret})
				case "args", "arguments":
					v[key] = append(held, "--password", secret)
				}
			case string:
				switch {
				case key == "javaOptions":
					v[key] = held + " -Djavax.net.ssl.keyStorePassword=" + secret
				case strings.HasSuffix(key, "spark-defaults.conf"), strings.HasSuffix(key, "spark.properties"):
					v[key] = strings.TrimRight(held, "\n") + "\nspark.ssl.keyPassword " + secret + "\n"
				}
			}
		}
	}
}
