package change

import (
	"slices"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestAKeyThatCannotBeTakenOutGetsItsDefault: no argument and no line of a file takes back what another one sets.
func TestAKeyThatCannotBeTakenOutGetsItsDefault(t *testing.T) {
	s := Settings{Title: "etl", Had: spark.Conf{"spark.executor.memory": {Value: "4g"}}, Changes: []spark.Change{
		{Key: "spark.executor.memory", Value: "2g"}, {Key: "spark.executor.cores", Value: "2"}, {Key: "spark.sql.adaptive.enabled", Unset: true}, {Key: "spark.executor.memroy", Unset: true}}}
	if got, want := s.Args(), []string{"--conf spark.executor.memory=2g", "--conf spark.executor.cores=2", "--conf spark.sql.adaptive.enabled=true"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got, want := s.Unset(), []string{"spark.executor.memroy"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got, want := s.Properties(func(text string) string { return text }), "spark.executor.memory=2g\nspark.executor.cores=2\nspark.sql.adaptive.enabled=true\n# remove spark.executor.memroy\n"; string(got) != want {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]struct {
		file      string
		elsewhere []string
	}{
		"":                                     {"spark.executor.cores=2\nspark.executor.memory=2g\nspark.sql.adaptive.enabled=true\n", []string{"spark.executor.memory=2g", "spark.sql.adaptive.enabled=true"}},
		"spark.sql.adaptive.enabled  false\n":  {"spark.sql.adaptive.enabled  true\nspark.executor.memory 2g\nspark.executor.cores 2\n", []string{"spark.executor.memory=2g"}},
		"# ours\nspark.executor.memory   4g\n": {"# ours\nspark.executor.memory   2g\nspark.executor.cores 2\nspark.sql.adaptive.enabled true\n", []string{"spark.sql.adaptive.enabled=true"}},
	} {
		out, refused, err := Configured("etl.conf", []byte(text), s.Written())
		if err != nil || refused != nil || string(out) != want.file {
			t.Errorf("%q: %q, %v, %v", text, out, refused, err)
		}
		if again, _, err := Configured("etl.conf", out, s.Written()); err != nil || string(again) != string(out) {
			t.Errorf("%q: %q, %v", text, again, err)
		}
		before, err := spark.ParseProperties([]byte(text))
		var elsewhere []string
		for _, c := range s.Elsewhere(before) {
			elsewhere = append(elsewhere, c.Key+"="+c.Value)
		}
		if err != nil || !slices.Equal(elsewhere, want.elsewhere) {
			t.Errorf("%q: %q, %v", text, elsewhere, err)
		}
	}
}
