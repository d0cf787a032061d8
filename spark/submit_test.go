package spark

import (
	"fmt"
	"strings"
	"testing"
)

// The options of spark-submit are read as its own parser reads them, and win over --conf of their key.
func TestParseSubmit(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--master k8s://x --conf a=b app.jar --conf c=d", "spark.master=k8s://x a=b | app.jar"},
		{"--driver-memory=2g -c spark.driver.memory=3g -v --supervise app.py", "spark.driver.memory=2g | app.py"},
		{"--conf spark.driver.memory=3g --driver-memory 2g --driver-memory 4g a", "spark.driver.memory=4g | a"},
		{"--conf a=1 --conf a=2=3 a", "a=2=3 | a"},
		{"--num-executors 3 --executor-cores 2 --executor-memory 4g --class C --properties-file f a", "spark.executor.instances=3 spark.executor.cores=2 spark.executor.memory=4g | a C f"},
		{"--version", " | none"},
		{"--kill x", " | none"},
		{"--conf a", "error: --conf takes key=value"},
		{"--conf", "error: --conf is the last argument, and takes a value"},
		{"--conf=", "error: spark-submit knows no option --conf="},
		{"--drivr-memory 2g a", "error: spark-submit knows no option --drivr-memory"},
		{"-cspark.a=b a", "error: spark-submit knows no option -cspark.a=b"},
	} {
		s, err := ParseSubmit(strings.Fields(c.args))
		got := fmt.Sprintf("error: %v", err)
		if err == nil {
			var set []string
			for i, g := range s.Given {
				if s.Decides(g.Key) == i {
					set = append(set, g.Key+"="+g.Value)
				}
			}
			got = strings.Join(set, " ") + " | " + strings.TrimSpace(s.Resource+" "+s.Class+" "+s.PropertiesFile)
			if !s.Runs {
				got = strings.Join(set, " ") + " | none"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.args, got, c.want)
		}
	}
	if s, _ := ParseSubmit(nil); s.Decides("a") != -1 {
		t.Error("nothing decides what nothing sets")
	}
}
