package model

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// layers builds a tree: "path size", a folder ends with a slash, and a link has an arrow.
func tree(t *testing.T, layers ...[]string) *Tree {
	t.Helper()
	var out Tree
	for _, layer := range layers {
		for _, line := range layer {
			name, rest, _ := strings.Cut(line, " ")
			e := Entry{Path: name, Kind: File}
			switch {
			case strings.HasSuffix(name, "/"):
				e.Kind = Directory
			case strings.HasPrefix(rest, "-> "):
				e.Kind, e.Link = Symlink, rest[3:]
			default:
				fmt.Sscan(rest, &e.Size)
			}
			if err := out.Add(e, nil); err != nil {
				t.Fatal(err)
			}
		}
		out.Next(Layer{})
	}
	return &out
}

// TestEfficiencyIsDives: each figure computed by hand from dive's definition (filetree/efficiency.go). Leaves of each layer are visited; of
// a path the sizes are summed, and the least counts as needed. A whiteout counts the size of the folder that it deletes, 0 for a
// file. Wasted are the sums of the paths that are in two layers or more.
func TestEfficiencyIsDives(t *testing.T) {
	for name, c := range map[string]struct {
		layers       [][]string
		least, all   int64
		wasted       int64
		replaced     int64
		deleted, has int64
	}{
		"nothing":                   {nil, 1, 1, 0, 0, 0, 0},
		"one layer":                 {[][]string{{"a/b 10", "a/c 20"}}, 30, 30, 0, 0, 0, 30},
		"a file again":              {[][]string{{"a/b 10"}, {"a/b 30"}}, 10, 40, 40, 10, 0, 30},
		"a file three times":        {[][]string{{"a 10"}, {"a 30"}, {"a 20"}}, 10, 60, 60, 40, 0, 20},
		"a file deleted":            {[][]string{{"a/b 10", "a/c 5"}, {"a/.wh.b"}}, 5, 15, 10, 0, 10, 5},
		"a folder deleted":          {[][]string{{"a/b 10", "a/c 5"}, {".wh.a"}}, 30, 30, 0, 0, 15, 0}, // the folder is no leaf below: dive sees it once
		"an empty folder twice":     {[][]string{{"a/"}, {"a/"}}, 1, 1, 0, 0, 0, 0},
		"a folder deleted, again":   {[][]string{{"a/b 10"}, {".wh.a"}, {"a/b 7"}}, 10 + 7, 10 + 10 + 7, 17, 0, 10, 7},
		"a folder made opaque":      {[][]string{{"a/b 10", "a/c 5"}, {"a/.wh..wh..opq", "a/d 1"}}, 16, 16, 0, 0, 15, 1}, // dive does not look at it
		"a folder becomes a file":   {[][]string{{"a/b 10"}, {"a 3"}}, 13, 13, 0, 10, 0, 3},
		"chown -R in its own layer": {[][]string{{"s/x 100", "s/y 50"}, {"s/x 100", "s/y 50"}}, 150, 300, 300, 150, 0, 150},
		"a driver's own file":       {[][]string{{".wh..wh.plnk 10", "a 5"}}, 5, 5, 0, 0, 0, 5},
		"twice in one archive":      {[][]string{{"a 5", "a 7"}}, 7, 7, 0, 0, 0, 7},
		"deleted and made at once":  {[][]string{{"a/b 10"}, {"a/.wh.b", "a/b 4"}}, 0, 14, 14, 0, 10, 4},
	} {
		t.Run(name, func(t *testing.T) {
			c_, layers := tree(t, c.layers...).Contents(nil)
			if want := float64(c.least) / float64(c.all); math.Abs(c_.Efficiency-want) > 1e-12 || c_.Wasted != c.wasted {
				t.Errorf("efficiency %v, wasted %d; want %v, %d", c_.Efficiency, c_.Wasted, want, c.wasted)
			}
			if c_.Replaced != c.replaced || c_.Deleted != c.deleted || c_.Visible != c.has || c_.Unpacked != c.has+c.replaced+c.deleted {
				t.Errorf("%+v", c_)
			}
			hidden := int64(0)
			for _, l := range layers {
				hidden += l.Hidden
			}
			if hidden != c.replaced+c.deleted {
				t.Errorf("hidden in layers: %d, want %d", hidden, c.replaced+c.deleted)
			}
		})
	}
}

func TestLinksAreFollowed(t *testing.T) {
	tr := tree(t, []string{"usr/bin/ps 5", "bin -> usr/bin", "opt/java -> ../usr/lib/java", "usr/lib/java/bin/java 7", "loop -> loop", "up -> ../../../usr"})
	for path, want := range map[string]int64{"/bin/ps": 5, "opt/java/bin/java": 7, "/opt/../bin/./ps": 5, "/up/bin/ps": 5, "/loop": -1, "/none": -1, "/bin/ps/x": -1} {
		if n := tr.find(path); (n == nil) != (want < 0) || n != nil && n.size != want {
			t.Errorf("%s: %+v", path, n)
		}
	}
}

func TestCauses(t *testing.T) {
	at := &places{spark: []string{"opt/spark"}, java: []string{"opt/java/openjdk"}}
	for path, want := range map[string]string{
		"opt/spark/jars/spark-core_2.12-3.5.6.jar": causeSpark, "opt/spark/jars/hadoop-aws-3.3.4.jar": causeCloud, "opt/spark/jars/aws-java-sdk-bundle-1.12.262.jar": causeCloud, "opt/spark/jars/bundle-2.20.160.jar": causeCloud,
		"opt/spark/jars/hadoop-client-api-3.3.4.jar": causeHadoop, "opt/spark/jars/spark-hive_2.12-3.5.6.jar": causeHive, "opt/spark/jars/kubernetes-client-6.7.2.jar": causeK8s, "opt/spark/jars/breeze_2.12-2.1.0.jar": causeML,
		"opt/spark/jars/guava-14.0.1.jar": causeOther, "opt/spark/examples/src/x.py": causeExamples, "opt/spark/data/x": causeExamples, "opt/spark/R/lib/x": causeR, "opt/spark/python/lib/pyspark.zip": causePython,
		"opt/java/openjdk/lib/modules": causeJava, "usr/lib/jvm/java-17-openjdk-amd64/lib/modules": causeJava, "usr/local/lib/python3.11/site-packages/pyspark/jars/spark-core_2.12-3.5.6.jar": causePySpark,
		"usr/lib/python3/dist-packages/numpy/x.so": causePython, "opt/conda/lib/x": causePython, "opt/conda/pkgs/x": causeCaches, "root/.ivy2/jars/x.jar": causeCaches, "var/lib/apt/lists/x": causeCaches, "opt/spark-3.5.6-bin-hadoop3.tgz": causeCaches,
		"usr/lib/gcc/x86_64-linux-gnu/12/cc1": causeTools, "usr/bin/git": causeTools, "usr/share/man/x": causeDocs, "app/etl.jar": causeJars, "usr/lib/x86_64-linux-gnu/libc.so.6": causeSystem, "app/main.py": causeFiles,
	} {
		if got := at.cause(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestJavaMajor(t *testing.T) {
	for text, want := range map[string]int{"17.0.15": 17, "jdk-17.0.15+6": 17, "1.8.0_452": 8, "jdk8u452-b09": 8, "8u312": 8, "21": 21, "25-ea": 25, "": 0, "new": 0, "1": 0, "1.": 0, "100": 0} {
		if got := javaMajor(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestFactsOfConfigurations(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		want   map[string]string
	}{
		"nothing": {Config{}, map[string]string{UID: "0", Java: "", Libc: "", Entrypoint: "", Passwd: ""}},
		"official": {Config{User: "spark", Entrypoint: []string{"/opt/entrypoint.sh"}, Env: []string{"JAVA_VERSION=jdk-11.0.27+6", "SPARK_TGZ_URL=https://archive.apache.org/dist/spark/spark-3.5.6/spark-3.5.6-bin-hadoop3.tgz"},
			History: []History{{CreatedBy: "RUN /bin/sh -c apt-get update"}}}, map[string]string{UID: "", User: "spark", Java: "11", Spark: "3.5.6", Entrypoint: "spark-docker", Libc: "glibc"}},
		"docker-image-tool": {Config{User: "185", Entrypoint: []string{"/opt/entrypoint.sh"}, History: []History{{CreatedBy: "RUN |1 spark_uid=185 /bin/sh -c apt-get update && chgrp root /etc/passwd && chmod ug+rw /etc/passwd"}, {CreatedBy: "COPY kubernetes/dockerfiles/spark/entrypoint.sh /opt/ # buildkit"}}},
			map[string]string{UID: "185", Entrypoint: "spark", Passwd: "true", Libc: "glibc", Spark: ""}},
		"bitnami":            {Config{User: "1001", Entrypoint: []string{"/opt/bitnami/scripts/spark/entrypoint.sh"}, Env: []string{"BITNAMI_APP_NAME=spark", "APP_VERSION=3.5.6"}}, map[string]string{UID: "1001", Spark: "3.5.6", Entrypoint: "bitnami", Passwd: "true"}},
		"alpine":             {Config{History: []History{{CreatedBy: "RUN apk add --no-cache bash"}}}, map[string]string{Libc: "musl"}},
		"alpine with glibc":  {Config{History: []History{{CreatedBy: "RUN apk add glibc-2.35.apk"}}}, map[string]string{Libc: ""}},
		"a label":            {Config{User: "root", Labels: map[string]string{Label: "{uid: 7, java: 21}"}, Env: []string{"JAVA_VERSION=17"}}, map[string]string{UID: "0", Java: "21"}},
		"a label of nothing": {Config{User: "185:0", Labels: map[string]string{Label: "{uid: x}"}}, map[string]string{UID: "185"}},
	} {
		facts := c.config.Facts()
		for fact, want := range c.want {
			if got := facts.Value(fact); got != want {
				t.Errorf("%s: %s is %q, want %q", name, fact, got, want)
			}
		}
	}
}
