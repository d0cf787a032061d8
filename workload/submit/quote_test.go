package submit

import (
	"slices"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{"": "''", "a=b,c:/d@1%^+._-": "a=b,c:/d@1%^+._-", "a b": "'a b'", "it's": `'it'\''s'`, "$X": "'$X'", "é": "é", "±": "'±'", "a\nb": "'a\nb'"} {
		if got := Quote(word); got != want {
			t.Errorf("%q: %s", word, got)
		}
	}
}

func TestArgsAreOneWordForAShell(t *testing.T) {
	got := Args([]spark.Change{
		{Key: "spark.executor.memory", Value: "6g"},
		{Key: "spark.driver.extraJavaOptions", Value: `-Xlog:gc -Dx="it's"`},
		{Key: "spark.gone", Unset: true},
		{Key: "spark.a", Value: "$HOME;{a,b}"},
	})
	want := []string{`--conf spark.executor.memory=6g`, `--conf 'spark.driver.extraJavaOptions=-Xlog:gc -Dx="it'\''s"'`, `--conf 'spark.a=$HOME;{a,b}'`}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
