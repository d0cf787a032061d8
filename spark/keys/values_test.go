package keys

import (
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestEveryFormCanBeRead(t *testing.T) {
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for name, k := range c.keys {
		if k.forms == "" {
			continue
		}
		count++
		forms := strings.Split(k.forms, "|")
		if len(forms) != 1 && len(forms) != len(c.lines) {
			t.Errorf("%s: %d forms", name, len(forms))
		}
		for _, text := range forms {
			if f, err := parseForm(text); text != "" && (err != nil || f.expects() == "") {
				t.Errorf("%s: %q: %v", name, text, err)
			}
		}
	}
	if count < 1300 {
		t.Errorf("%d keys have a form", count)
	}
	for _, text := range []string{"", "float", "int>=x", "int>"} {
		if f, err := parseForm(text); err == nil {
			t.Errorf("%q was read as %+v", text, f)
		}
	}
}

func TestAFormSaysWhatItTakes(t *testing.T) {
	for _, row := range []struct{ form, taken, refused, expects string }{
		{"bool", "true|FALSE| true ", "yes|1|", "true or false"},
		{"int", "-5|0|+7|2147483647", "2147483648|1.0|x|", "a whole number of 32 bits"},
		{"int>=1", "1|7", "0|-1|x", "a whole number, at least 1"},
		{"int<>0", "1|-1", "0|x", "a whole number of 32 bits, other than 0"},
		{"int>=1<=3", "1|3", "0|4", "a whole number, at least 1 and at most 3"},
		{"long", "-1|2147483648", "9223372036854775808|1k", "a whole number"},
		{"double", "1|.5|1e3|0.5f|NaN|Infinity|1e999|0x1p-1|0x1.8P3f|-0x.8p1|0x1.p2d", "1,5|x|0x1|0x1f|0xp3|0x1p|inf|50%", "a decimal number"},
		{"decimal>0", "1|0.5|.5|5.|1e3| 7 |+1|2147483647", "0|-1|0.0|1f|1d|NaN|Infinity|0x1p-1|500m|1_0|x|", "a decimal number, above 0"},
		{"double>0<1", "0.1|0.999|NaN", "0|1|-1", "a decimal number, above 0 and below 1"},
		{"double<=1", "1|-3", "1.1", "a decimal number, at most 1"},
		{"ms>0", "1|1s|1500us", "0|-1s|1us|1w|soon|1.5s", "a duration such as 30s, above 0ms"},
		{"s", "2m|2min|-1", "5x", "a duration such as 30s"},
		{"b>=0", "0|1g|1kb", "-1|1.5g|4gi", "a size such as 512m, at least 0b"},
		{"k", "64k|1", "9999999999999999p", "a size such as 512m"},
		{"A,B", "a|B|b | c", "c|", "one of A, B"},
		{"a,b!", "a|b", "A|c", "one of a, b (case matters)"},
	} {
		f, err := parseForm(row.form)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.expects(); got != row.expects {
			t.Errorf("%s: expects %q", row.form, got)
		}
		takes := func(value string) bool {
			return f.takes(spark.Conf{"k": {Value: value}}, "k", spark.Version{Major: 3, Minor: 5})
		}
		for _, value := range strings.Split(row.taken, "|") {
			if !takes(value) {
				t.Errorf("%s does not take %q", row.form, value)
			}
		}
		for _, value := range strings.Split(row.refused, "|") {
			if takes(value) {
				t.Errorf("%s takes %q", row.form, value)
			}
		}
	}
}

func TestWhatIsNotCertainIsNotRefused(t *testing.T) {
	c, err := parse("lines 3.5 4.2\nspark.size K :b\nspark.late -K :|int\nspark.other K :int|\nspark.gone KG :int|\nspark.word K :A,B\n")
	if err != nil {
		t.Fatal(err)
	}
	v35, v42 := spark.Version{Major: 3, Minor: 5}, spark.Version{Major: 4, Minor: 2, Patch: 1}
	for _, row := range []struct {
		key, value string
		version    spark.Version
		refused    bool
	}{
		{"spark.size", "4Gi", v35, true},
		{"spark.size", "4Gi", v42, false},
		{"spark.size", "4Gi", spark.Version{}, false},
		{"spark.size", "4x", spark.Version{}, true},
		{"spark.size", "4x", spark.Version{Major: 3, Minor: 4}, false},
		{"spark.late", "x", v42, true},
		{"spark.late", "x", v35, false},
		{"spark.late", "x", spark.Version{}, false},
		{"spark.other", "x", v35, true},
		{"spark.other", "x", v42, false},
		{"spark.gone", "x", v35, true},
		{"spark.gone", "x", v42, false},
		{"spark.word", "C", v35, true},
		{"spark.word", "${C}", v35, false},
		{"spark.word", "$(C)", v35, false},
		{"spark.word", "$C", v35, false},
		{"spark.word", "{{ C }}", v35, false},
		{"spark.word", "<% C %>", v35, false},
		{"spark.word", "Ä", v35, false},
		{"spark.unknown", "x", v35, false},
	} {
		conf := spark.Conf{row.key: {Value: row.value}}
		if expects, refused := c.Refuses(conf, row.key, row.version); refused != row.refused || refused != (expects != "") {
			t.Errorf("%s=%s in %s: %q, %v", row.key, row.value, row.version, expects, refused)
		}
		if _, refused := c.Refuses(spark.Conf{}, row.key, row.version); refused {
			t.Errorf("%s is refused, and not set", row.key)
		}
	}
}

func TestOfNoKnownVersionTheOldestLineSaysWhatIsTaken(t *testing.T) {
	c, err := parse("lines 3.5 4.3\nspark.cpus K :int>=1|decimal>0\n")
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[spark.Version]string{
		{}: "a whole number, at least 1", {Major: 3, Minor: 5}: "a whole number, at least 1", {Major: 4, Minor: 3}: "a decimal number, above 0",
	} {
		if got, refused := c.Refuses(spark.Conf{"spark.cpus": {Value: "0"}}, "spark.cpus", version); !refused || got != want {
			t.Errorf("%s: %q, %v", version, got, refused)
		}
	}
}

func BenchmarkRefuses(b *testing.B) {
	c, err := New()
	if err != nil {
		b.Fatal(err)
	}
	conf := spark.Conf{"spark.sql.parquet.compression.codec": {Value: "zip"}}
	for b.Loop() {
		c.Refuses(conf, "spark.sql.parquet.compression.codec", spark.Version{})
	}
}
