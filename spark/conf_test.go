package spark

import (
	"errors"
	"strings"
	"testing"
)

func TestErrorNamesKeyValuePlaceAndGrammar(t *testing.T) {
	conf, err := ParseProperties([]byte("# mine\n\nspark.executor.memory 6 gb\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, set, err := conf.Size("spark.executor.memory", MiB)
	var bad *ConfError
	if !set || !errors.As(err, &bad) || bad.Line() != 3 {
		t.Fatalf("got %v, %v", set, err)
	}
	want := `cannot read spark.executor.memory "6 gb" in daily.conf:3: Spark sizes are a number and one of k, m, g, t, p (6g)`
	if got := bad.In("daily.conf"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLastOfTwoEqualKeysWinsWithItsLine(t *testing.T) {
	conf, err := ParseProperties([]byte("a 1\nb x\\\n  y\na=2\n"))
	if err != nil || conf["a"].Value != "2" || conf["a"].Line != 4 || conf["b"].Line != 2 || conf["b"].Value != "xy" {
		t.Errorf("got %+v, %v", conf, err)
	}
}

func TestTypedValuesRefuseWhatSparkRefuses(t *testing.T) {
	conf := Conf{"size": {Value: "-1g"}, "int": {Value: " 42 "}, "bool": {Value: "TRUE"}, "float": {Value: "0.25"}, "bad": {Value: "yes"}}
	if n, _, err := conf.Size("size", Byte); n != -1<<30 || err != nil {
		t.Errorf("size: %d, %v", n, err)
	}
	if n, _, err := conf.Int("int"); n != 42 || err != nil {
		t.Errorf("int: %d, %v", n, err)
	}
	if b, _, err := conf.Bool("bool"); !b || err != nil {
		t.Errorf("bool: %v, %v", b, err)
	}
	if f, _, err := conf.Float("float"); f != 0.25 || err != nil {
		t.Errorf("float: %v, %v", f, err)
	}
	_, _, e1 := conf.Int("bad")
	_, _, e2 := conf.Bool("bad")
	_, _, e3 := conf.Float("bad")
	_, set, e4 := conf.Bool("absent")
	if e1 == nil || e2 == nil || e3 == nil || e4 != nil || set {
		t.Errorf("got %v, %v, %v, %v", e1, e2, e3, e4)
	}
}

func TestPropertiesAreBounded(t *testing.T) {
	if _, err := ParseProperties([]byte(strings.Repeat("#", maxProperties+1))); err == nil {
		t.Error("too many bytes were read")
	}
	var b strings.Builder
	for i := range maxPropertiesKeys + 1 {
		b.WriteString("k" + FormatSize(int64(i)) + "\n")
	}
	if _, err := ParseProperties([]byte(b.String())); err == nil {
		t.Error("too many keys were read")
	}
	if _, err := ParseProperties([]byte("a \xff")); err == nil {
		t.Error("bytes that are no text were read")
	}
}

func FuzzParseProperties(f *testing.F) {
	for _, seed := range []string{"a b", "a=b\\\n c", `\u0041:x`, "a\\", "\\ud83d\\ude00=1", " = \\ x", "k \u00a0"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		conf, err := ParseProperties(data)
		if err != nil {
			return
		}
		again, err := ParseProperties(FormatProperties(conf))
		if err != nil || len(again) != len(conf) {
			t.Fatalf("%d keys became %d: %v", len(conf), len(again), err)
		}
		for key, setting := range conf {
			if again[key].Value != setting.Value {
				t.Fatalf("%q: %q became %q", key, setting.Value, again[key].Value)
			}
		}
	})
}

func FuzzParseSize(f *testing.F) {
	for _, seed := range []string{"6g", "1.5g", " 7kb", "-1", "9223372036854775807", "8192p", "6gi"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		bytes, err := ParseSize(s, MiB)
		if err != nil {
			return
		}
		if again, err := ParseSize(FormatSize(bytes), Byte); err != nil || again != bytes {
			t.Fatalf("%q is %d, printed %s, read %d: %v", s, bytes, FormatSize(bytes), again, err)
		}
	})
}

func FuzzSplitOptions(f *testing.F) {
	for _, seed := range []string{"-Xa -Xb", `-Da="x y" 'b'`, `a\ b`, `""`, "'", "\u2003x\u00a0y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokens, err := SplitOptions(s)
		if err != nil {
			return
		}
		quoted := make([]string, len(tokens))
		for i, token := range tokens {
			quoted[i] = QuoteOption(token)
			OptionKey(token)
			Collector(token)
		}
		again, err := SplitOptions(strings.Join(quoted, " "))
		if err != nil || strings.Join(again, "\x00") != strings.Join(tokens, "\x00") {
			t.Fatalf("%q: %q became %q: %v", s, tokens, again, err)
		}
	})
}

// TestDigitsOfOtherScripts: Java reads whole numbers of any script, and Spark's patterns of sizes and durations are ASCII.
func TestDigitsOfOtherScripts(t *testing.T) {
	c := Conf{"fullwidth": {Value: "４２"}, "arabic": {Value: "٤"}, "size": {Value: "６g"}, "mixed": {Value: "1６g"}, "mathematical": {Value: "𝟒"}}
	for key, want := range map[string]int{"fullwidth": 42, "arabic": 4} {
		if n, _, err := c.Int(key); err != nil || n != want {
			t.Errorf("%s: %d, %v", key, n, err)
		}
		if n, _, err := c.Long(key); err != nil || n != int64(want) {
			t.Errorf("%s: %d, %v", key, n, err)
		}
	}
	if n, _, err := c.Int("mathematical"); err == nil { // of two characters to Java, neither of them a digit
		t.Errorf("a digit of 32 bits is %d", n)
	}
	for _, key := range []string{"fullwidth", "size", "mixed"} {
		if n, _, err := c.Size(key, MiB); err == nil {
			t.Errorf("%s is a size of %d", key, n)
		}
		if d, _, err := c.Duration(key, 1); err == nil {
			t.Errorf("%s is a duration of %s", key, d)
		}
	}
}
