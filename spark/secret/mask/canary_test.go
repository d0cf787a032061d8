package mask

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark/secret"
	"github.com/kubectl-spark/kubectl-spark/test/fixtures"
)

// canaryForms hold a secret in each place of an object that SPK-S013 looks at.
var canaryForms = map[string]func(name, value string) any{
	"settings": func(n, v string) any {
		return map[string]any{"spec": map[string]any{"sparkConf": map[string]any{n: v}}}
	},
	"variables": func(n, v string) any {
		return map[string]any{"spec": map[string]any{"envOverrides": map[string]any{n: v}}}
	},
	"variable":  func(n, v string) any { return map[string]any{"env": []any{map[string]any{"name": n, "value": v}}} },
	"two words": func(n, v string) any { return map[string]any{"args": []any{"--" + n, v}} },
	"one word":  func(n, v string) any { return map[string]any{"args": []any{"--" + n + "=" + v}} },
	"conf":      func(n, v string) any { return map[string]any{"args": []any{"--conf", n + "=" + v}} },
	"map":       func(n, v string) any { return map[string]any{"kind": "ConfigMap", "data": map[string]any{n: v}} },
	"blanks": func(n, v string) any {
		return map[string]any{"kind": "ConfigMap", "data": map[string]any{"spark-defaults.conf": "spark.a b\n" + n + " " + strings.ReplaceAll(v, "\n", "\\\n") + "\n"}}
	},
	"signs": func(n, v string) any {
		return map[string]any{"kind": "ConfigMap", "data": map[string]any{"spark.properties": "spark.a=b\n" + n + "=" + strings.ReplaceAll(v, "\n", "\\\n") + "\n"}}
	},
	"template": func(n, v string) any {
		return map[string]any{"kind": "ConfigMap", "data": map[string]any{"driver.yaml": fmt.Sprintf("spec:\n  containers:\n  - env:\n    - name: %s\n      value: %q\n", n, v)}}
	},
	"Hadoop's": func(n, v string) any {
		return map[string]any{"kind": "ConfigMap", "data": map[string]any{"core-site.xml": fmt.Sprintf("<configuration>\n<property>\n  <name>%s</name>\n  <value>%s</value>\n</property>\n</configuration>\n", n, v)}}
	},
}

// TestNoCanaryIsShownWhereverAnObjectHoldsIt: every shape of a secret in each place, in an object and in annotations that hold the
// object again: as kubectl apply writes it, and encoded. All else stays.
func TestNoCanaryIsShownWhereverAnObjectHoldsIt(t *testing.T) {
	seed, planted := rand.Uint32(), 0
	t.Logf("the seed is %d", seed)
	for place, form := range canaryForms {
		for _, core := range []func(int) string{fixtures.Mixed(seed), fixtures.Worded(seed)} {
			for _, c := range fixtures.Canaries(core) {
				name, value := cmp.Or(c.Name, "note"), c.Value
				if place == "Hadoop's" && strings.ContainsAny(value, "<&\"'") || (place == "blanks" || place == "signs") && strings.ContainsAny(value, "\n\\") {
					continue
				}
				planted++
				object := form(name, value)
				raw, err := json.Marshal(object)
				if err != nil {
					t.Fatal(err)
				}
				var packed bytes.Buffer
				w := gzip.NewWriter(&packed)
				_, _ = w.Write(raw)
				w.Close()
				for _, v := range []any{object, annotated("kubectl.kubernetes.io/last-applied-configuration", string(raw)+"\n"),
					annotated("a", base64.StdEncoding.EncodeToString(raw)), annotated("a", base64.RawURLEncoding.EncodeToString(packed.Bytes())),
					annotated("a", base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(packed.Bytes()))))} {
					plain, _ := json.Marshal(v)
					var tree any
					if err := json.Unmarshal(plain, &tree); err != nil {
						t.Fatal(err)
					}
					masked, _ := json.Marshal(Tree(tree))
					if !bytes.Contains(masked, []byte(Masked)) || bytes.Contains(masked, []byte(c.Needle)) {
						t.Fatalf("%s, %s=%q: %s", place, name, value, masked)
					}
				}
			}
		}
	}
	if planted < 500 {
		t.Errorf("only %d were planted", planted)
	}
	public := base64.StdEncoding.EncodeToString([]byte(`{"spec":{"sparkConf":{"spark.executor.memory":"4g"}}}`))
	if got := Value("a", public); got != public {
		t.Errorf("what holds no secret is shown as %q", got)
	}
}

// TestWhatIsMaskedStaysAsItIs: every shape of a secret, masked twice, is what it is masked once.
func TestWhatIsMaskedStaysAsItIs(t *testing.T) {
	seed := rand.Uint32()
	t.Logf("the seed is %d", seed)
	masks := map[string]func(name, text string) string{
		"a message":  func(_, text string) string { return secret.HideMessage(text) },
		"a text":     func(_, text string) string { return secret.HideText(text) },
		"a value":    secret.HideValue,
		"any value":  Value,
		"a document": func(_, text string) string { return string(Document([]byte(text))) },
		"arguments":  func(_, text string) string { return strings.Join(secret.HideArguments(strings.Split(text, " ")), " ") },
		"options":    func(_, text string) string { return strings.Join(secret.HideOptions(strings.Split(text, " ")), " ") },
	}
	for _, core := range []func(int) string{fixtures.Mixed(seed), fixtures.Worded(seed)} {
		field, _ := fixtures.FieldCanaries(core)
		for _, c := range append(fixtures.Canaries(core), field...) {
			texts := []string{c.Value, "it has " + c.Value + " twice", "(" + c.Value + ")"}
			if c.Name != "" {
				texts = append(texts, c.Name+"="+c.Value, c.Name+": "+c.Value, "--"+c.Name+" "+c.Value, c.Name+" "+c.Value+"\nspark.a b", `{"`+c.Name+`": "`+c.Value+`"}`, "x {"+c.Name+":"+c.Value+"}")
			}
			for what, mask := range masks {
				for _, text := range texts {
					if once := mask(c.Name, text); mask(c.Name, once) != once {
						t.Errorf("%s, %s=%q: masked once it is %q, twice %q", what, c.Name, text, once, mask(c.Name, once))
					}
				}
			}
		}
	}
}

// annotated is an object with an annotation.
func annotated(key, value string) any {
	return map[string]any{"metadata": map[string]any{"annotations": map[string]any{key: value}}}
}

// TestWhatCannotBeDecodedWithinBoundsIsMasked, and takes neither time nor memory.
func TestWhatCannotBeDecodedWithinBoundsIsMasked(t *testing.T) {
	pack := func(text []byte) string {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, _ = w.Write(text)
		w.Close()
		return base64.StdEncoding.EncodeToString(packed.Bytes())
	}
	deep := "harmless text of some length"
	for range maxNested {
		if got := Value("a", deep); got != deep {
			t.Errorf("%q is shown as %q", deep, got)
		}
		deep = pack([]byte(deep))
	}
	cut := pack([]byte(strings.Repeat("a1b2c3", 100)))
	for name, text := range map[string]string{"large": pack(make([]byte, maxDecoded+1)), "deep": pack([]byte(deep)), "cut": cut[:len(cut)/8*4]} {
		if got := Value("a", text); got != Masked {
			t.Errorf("%s is shown as %.80q", name, got)
		}
	}
}

// TestTextsOfTheFieldLoseTheirSecretsOnly: in whatever way they are shown.
func TestTextsOfTheFieldLoseTheirSecretsOnly(t *testing.T) {
	seed := rand.Uint32()
	t.Logf("the seed is %d", seed)
	ways := map[string]func(text string) string{
		"a message":  Message,
		"a document": func(text string) string { return string(Document([]byte(text))) },
		"a value":    func(text string) string { return Value("note", text) },
		"a script":   func(text string) string { return Value("run.sh", "#!/bin/sh\n: {\n"+text+"\n") },
		"an argument": func(text string) string {
			return fmt.Sprint(Tree(map[string]any{"args": []any{text}}))
		},
	}
	for _, core := range []func(int) string{fixtures.Mixed(seed), fixtures.Worded(seed)} {
		texts, files := fixtures.FieldCanaries(core)
		for _, c := range texts {
			for way, mask := range ways {
				if shown := mask(c.Value); strings.Contains(shown, c.Needle) {
					t.Errorf("%s shows %q", way, shown)
				}
			}
		}
		for _, c := range files {
			for _, way := range []string{"a document", "a value", "a script"} {
				if way == "a script" && strings.Contains(c.Value, "&pw") {
					continue // which is no YAML
				}
				shown := ways[way](c.Value)
				if strings.Contains(shown, c.Needle) {
					t.Errorf("%s shows %q", way, shown)
				} else if again := ways[way](shown); way != "a script" && again != shown {
					t.Errorf("%s, masked once %q, twice %q", way, shown, again)
				}
			}
		}
	}
	for _, text := range fixtures.FieldPublic {
		for way, mask := range ways {
			if shown := mask(text); strings.Contains(shown, Masked) || !strings.Contains(shown, text) {
				t.Errorf("%s shows %q of %q", way, shown, text)
			}
		}
	}
}
