package model

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// Causes of bytes, as they are shown.
const (
	causeJava     = "Java"
	causeSpark    = "Spark jars"
	causeHadoop   = "Hadoop jars"
	causeCloud    = "cloud SDKs and connectors"
	causeHive     = "Hive jars"
	causeK8s      = "Kubernetes client jars"
	causeML       = "machine learning jars"
	causeOther    = "other jars of Spark"
	causePySpark  = "second Spark, installed by pip"
	causePython   = "Python"
	causeR        = "R"
	causeExamples = "examples, data and tests"
	causeCaches   = "caches, archives and temporary files"
	causeTools    = "compilers and build tools"
	causeDocs     = "documentation and locales"
	causeJars     = "jars of the application"
	causeSystem   = "operating system"
	causeFiles    = "other files"
)

// places are where Spark and Java are in the image.
type places struct{ spark, java []string }

func under(p string, dirs []string) (rest string, ok bool) {
	for _, dir := range dirs {
		if len(p) > len(dir) && p[len(dir)] == '/' && p[:len(dir)] == dir {
			return p[len(dir)+1:], true
		}
	}
	return "", false
}

// has says that a path holds one of some folders.
func has(p string, parts ...string) bool {
	for _, part := range parts {
		for from := 0; ; {
			i := strings.Index(p[from:], part)
			if i < 0 {
				break
			}
			i += from
			if end := i + len(part); (i == 0 || p[i-1] == '/') && end < len(p) && p[end] == '/' {
				return true
			}
			from = i + 1
		}
	}
	return false
}

// cause is what the bytes of a file are there for.
func (at *places) cause(p string) string {
	if cached(p) {
		return causeCaches
	}
	if has(p, "site-packages/pyspark", "dist-packages/pyspark") {
		return causePySpark
	}
	if rest, in := under(p, at.spark); in {
		return sparkCause(rest)
	}
	if _, in := under(p, at.java); in || strings.HasPrefix(p, "usr/lib/jvm/") {
		return causeJava
	}
	switch {
	case has(p, "site-packages", "dist-packages", "opt/conda", "opt/venv"), strings.HasPrefix(p, "usr/lib/python"), strings.HasPrefix(p, "usr/local/lib/python"), strings.HasPrefix(path.Base(p), "libpython"), strings.HasPrefix(path.Base(p), "python3.") && pythonExe.MatchString(path.Base(p)):
		return causePython
	case strings.HasPrefix(p, "usr/lib/R/"), strings.HasPrefix(p, "usr/local/lib/R/"):
		return causeR
	case strings.HasPrefix(p, "usr/lib/gcc/"), strings.HasPrefix(p, "usr/libexec/gcc/"), strings.HasPrefix(p, "usr/include/"), has(p, "maven", "sbt", "gradle", "git-core"), slices.Contains(tools, path.Base(p)) && has(p, "bin"):
		return causeTools
	case has(p, "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/lib/locale"):
		return causeDocs
	case strings.HasSuffix(p, ".jar"):
		return jarCause(path.Base(p), causeJars)
	}
	switch first, _, _ := strings.Cut(p, "/"); first {
	case "bin", "etc", "lib", "lib32", "lib64", "libx32", "sbin", "usr", "var", "dev", "boot":
		return causeSystem
	}
	return causeFiles
}

var tools = []string{"git", "gcc", "g++", "cc1", "make", "mvn", "sbt", "ld", "as"}

func cached(p string) bool {
	switch {
	case strings.HasPrefix(p, "var/lib/apt/lists/"), strings.HasPrefix(p, "var/cache/"), strings.HasPrefix(p, "tmp/"), strings.HasPrefix(p, "var/tmp/"), strings.HasPrefix(p, "var/log/"), has(p, ".cache", ".ivy2", ".m2", ".npm", ".sbt", "conda/pkgs", "__pycache__"):
		return true
	}
	for _, end := range []string{".tgz", ".tar.gz", ".tar", ".tar.xz", ".tar.bz2", ".deb", ".rpm", ".whl"} {
		if strings.HasSuffix(p, end) {
			return true
		}
	}
	return false
}

// sparkCause is of a file below SPARK_HOME.
func sparkCause(rest string) string {
	first, _, _ := strings.Cut(rest, "/")
	switch {
	case first == "examples", first == "data", first == "tests", strings.HasPrefix(rest, "kubernetes/tests/"):
		return causeExamples
	case first == "R":
		return causeR
	case first == "python":
		return causePython
	case first == "jars":
		return jarCause(path.Base(rest), causeOther)
	}
	return causeSpark
}

// jarGroups are beginnings of jars' names; the first that fits counts.
var jarGroups = []struct {
	cause string
	names []string
}{
	{causeCloud, []string{"hadoop-aws", "hadoop-azure", "hadoop-gcp", "hadoop-cloud", "hadoop-aliyun", "aws-java-sdk", "bundle-2", "sdk-core", "gcs-connector", "azure-", "aliyun-", "analyticsaccelerator", "wildfly-openssl"}},
	{causeHadoop, []string{"hadoop-"}},
	{causeHive, []string{"hive-", "spark-hive", "datanucleus-", "derby", "libthrift", "libfb303", "bonecp", "javax.jdo", "jdo-api", "HikariCP"}},
	{causeK8s, []string{"kubernetes-", "spark-kubernetes", "zjsonpatch", "okhttp-", "okio-"}},
	{causeML, []string{"spark-mllib", "breeze", "spire", "arpack", "netlib", "blas", "lapack", "jtransforms", "JTransforms", "spark-graphx", "pmml-model", "shapeless", "algebra_", "cats-kernel"}},
	{causeSpark, []string{"spark-"}},
}

func jarCause(name, otherwise string) string {
	for _, group := range jarGroups {
		for _, begin := range group.names {
			if strings.HasPrefix(name, begin) {
				return group.cause
			}
		}
	}
	return otherwise
}

// Contents sums up where the bytes are, and completes the layers.
func (t *Tree) Contents(f Facts) (*Contents, []Layer) {
	found := t.look()
	at := &places{spark: slices.Clone(found.sparkHomes), java: found.javaHomes}
	if home := strings.TrimPrefix(f.Value(SparkHome), "/"); home != "" && !slices.Contains(at.spark, home) {
		at.spark = append(at.spark, home)
	}
	at.spark = slices.DeleteFunc(at.spark, func(home string) bool { return has(home+"/", "site-packages", "dist-packages") })
	c := &Contents{Replaced: t.replaced, Deleted: t.deleted}
	all := map[string]*Share{}
	each := make([]map[string]*Share, len(t.layers))
	t.walk(func(p string, n *node) {
		if n.kind != File {
			return
		}
		c.Visible += n.size
		cause := at.cause(p)
		add(all, cause, n.size)
		if each[n.layer] == nil {
			each[n.layer] = map[string]*Share{}
		}
		add(each[n.layer], cause, n.size)
	})
	c.Causes = sorted(all)
	layers := slices.Clone(t.layers)
	for i := range layers {
		layers[i].Causes = sorted(each[i])
		c.Unpacked += layers[i].Unpacked
	}
	c.Efficiency, c.Wasted, c.Paths = t.efficiency()
	c.Jars = repeated(found.jars, at)
	return c, layers
}

func add(shares map[string]*Share, cause string, bytes int64) {
	s := shares[cause]
	if s == nil {
		s = &Share{Cause: cause}
		shares[cause] = s
	}
	s.Bytes += bytes
	s.Files++
}

func sorted(shares map[string]*Share) []Share {
	all := make([]Share, 0, len(shares))
	for _, s := range shares {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b Share) int { return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Cause, b.Cause)) })
	return all
}

// maxJars is how many artifacts are named.
const maxJars = 50

// repeated are artifacts that the image holds more than once. What belongs to Java itself is not looked at.
func repeated(jars []jarFile, at *places) (all []Jar) {
	type group struct {
		Jar
		largest int64
		seen    map[string]bool // versions: an image may have thousands
	}
	groups := map[string]*group{}
	for _, j := range jars {
		if _, java := under(j.path, at.java); java {
			continue
		}
		m := j.name
		if m == nil {
			continue
		}
		name, version := artifact(m[1], m[2])
		key := name + m[3]
		g := groups[key]
		if g == nil {
			g = &group{Jar: Jar{Artifact: key}, seen: map[string]bool{}}
			groups[key] = g
		}
		if !g.seen[version] {
			g.seen[version] = true
			g.Versions = append(g.Versions, version)
		}
		g.Paths = append(g.Paths, "/"+j.path)
		g.Bytes += j.size
		g.largest = max(g.largest, j.size)
	}
	for _, g := range groups {
		if len(g.Paths) > 1 {
			g.Bytes -= g.largest
			all = append(all, g.Jar)
		}
	}
	slices.SortFunc(all, func(a, b Jar) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Artifact, b.Artifact))
	})
	if len(all) > maxJars {
		all = all[:maxJars]
	}
	return all
}

// artifact parts a name whose own end looks as a version from the version: hive-shims-0.23-2.3.9 is hive-shims-0.23 of 2.3.9.
func artifact(name, version string) (string, string) {
	at := strings.LastIndexByte(version, '-')
	if at < 0 || version[at+1] < '0' || version[at+1] > '9' {
		return name, version
	}
	return name + "-" + version[:at], version[at+1:]
}
