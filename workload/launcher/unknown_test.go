package launcher_test

import (
	"slices"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/workload/source"
)

// What looks like Spark and is not known is said, and is no silence.
func TestUnknownKindsThatLookLikeSparkAreNoted(t *testing.T) {
	for _, c := range []struct {
		head string
		want []string
	}{
		{"apiVersion: corp.example/v1\nkind: SparkApplication", []string{"the kind SparkApplication of corp.example/v1 looks like Spark, but is unknown: it was not checked"}},
		{"apiVersion: corp.example/v1\nkind: ScheduledSparkJob", []string{"the kind ScheduledSparkJob of corp.example/v1 looks like Spark, but is unknown: it was not checked"}},
		{"apiVersion: corp.example/v1\nkind: FlinkDeployment", nil},
		{"apiVersion: v1\nkind: Service", nil},
	} {
		f, err := source.Open("a.yaml", []byte(c.head+"\nmetadata: {name: a}\nspec: {}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Docs[0].Unread(nil); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.head, got)
		}
	}
}
