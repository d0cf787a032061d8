package model

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// of are the facts that a layer of these files says.
func of(t *testing.T, c *Config, files map[string]string) Facts {
	t.Helper()
	tree := &Tree{}
	for path, text := range files {
		e := Entry{Path: path, Kind: File, Size: int64(len(text))}
		if err := tree.Add(e, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	tree.Next(Layer{})
	return tree.Facts(c, c.Facts())
}

// TestJavaIsThatWhichCanStart: a folder without bin/java says nothing, and the only Java that there is counts where nothing names one.
func TestJavaIsThatWhichCanStart(t *testing.T) {
	release := "JAVA_VERSION=\"17.0.15\"\n"
	for name, c := range map[string]struct {
		env   []string
		files map[string]string
		want  string // major, kind
	}{
		"no Java at all":           {nil, map[string]string{"bin/sh": "x"}, " "},
		"a release without java":   {[]string{"JAVA_HOME=/opt/java"}, map[string]string{"opt/java/release": release}, " "},
		"the only one":             {nil, map[string]string{"opt/java/release": release, "opt/java/bin/java": "x"}, "17 JRE"},
		"one of two":               {nil, map[string]string{"opt/a/release": release, "opt/a/bin/java": "x", "opt/b/release": release, "opt/b/bin/java": "x"}, " "},
		"a script on the PATH":     {nil, map[string]string{"usr/bin/java": "#!/bin/sh\n"}, " "},
		"a JRE in a folder of it":  {[]string{"JAVA_HOME=/opt/jre"}, map[string]string{"opt/jre/bin/java": "x"}, " JRE"},
		"the JRE of a JDK 8":       {[]string{"JAVA_HOME=/opt/jdk/jre"}, map[string]string{"opt/jdk/jre/bin/java": "x", "opt/jdk/bin/java": "x", "opt/jdk/bin/javac": "x", "opt/jdk/release": "JAVA_VERSION=\"1.8.0_452\"\n"}, "8 JDK"},
		"JAVA_HOME leads nowhere":  {[]string{"JAVA_HOME=/none"}, map[string]string{"opt/java/release": release, "opt/java/bin/java": "x"}, " "},
		"java on the PATH, a JDK":  {[]string{"PATH=/opt/java/bin"}, map[string]string{"opt/java/release": release, "opt/java/bin/java": "x", "opt/java/bin/javac": "x"}, "17 JDK"},
		"older than Spark can use": {[]string{"JAVA_HOME=/opt/java"}, map[string]string{"opt/java/release": "JAVA_VERSION=\"1.7.0_80\"\n", "opt/java/bin/java": "x"}, " JRE"},
	} {
		facts := of(t, &Config{Env: c.env}, c.files)
		if got := facts.Value(Java) + " " + facts.Value(JavaKind); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if home := facts.Value(JavaHome); c.want == " " && home != "" {
			t.Errorf("%s: the home %q has no Java that was found", name, home)
		}
	}
}

// TestFilesCountBeforeNames: what a variable or a name says is no fact where the files were read and say otherwise. The image's own label
// is one.
func TestFilesCountBeforeNames(t *testing.T) {
	official := []string{"SPARK_TGZ_URL=https://archive.apache.org/dist/spark/spark-3.5.6/spark-3.5.6-bin-hadoop3.tgz", "SPARK_HOME=/opt/spark", "JAVA_HOME=/opt/java", "JAVA_VERSION=17.0.15"}
	files := map[string]string{"opt/entrypoint.sh": "#!/bin/sh\nexec \"$@\"\n", "opt/spark/jars/spark-core_2.13-4.0.1.jar": "x", "opt/spark/jars/spark-core_2.12-3.5.6.jar": "x", "lib/ld-musl-x86_64.so.1": "x", "lib64/ld-linux-x86-64.so.2": "x"}
	c := &Config{Env: official, Entrypoint: []string{"/opt/entrypoint.sh"}, History: []History{{CreatedBy: "RUN apt-get update"}}}
	for _, name := range []string{Entrypoint, Spark, Libc, Java} {
		if c.Facts().Value(name) == "" {
			t.Errorf("%s: the configuration says nothing", name)
		}
		if got := of(t, c, files).Value(name); got != "" {
			t.Errorf("%s is %q, and the files say otherwise", name, got)
		}
	}
	c.Labels = map[string]string{Label: "{entrypoint: spark}"}
	if got := of(t, c, files).Value(Entrypoint); got != "spark" {
		t.Errorf("the label says entrypoint spark: got %q", got)
	}
}

// TestPythonIsTheOneOnThePath: of several that are not, none is named.
func TestPythonIsTheOneOnThePath(t *testing.T) {
	for name, c := range map[string]struct {
		path  string
		files []string
		want  string
	}{
		"the only one":  {"", []string{"usr/bin/python3.10 1"}, "3.10"},
		"two":           {"", []string{"usr/bin/python3.10 1", "opt/conda/bin/python3.11 1"}, ""},
		"of conda":      {"/opt/conda/bin:/usr/bin", []string{"usr/bin/python3.10 1", "usr/bin/python3 -> python3.10", "opt/conda/bin/python3.11 1", "opt/conda/bin/python3 -> python3.11"}, "3.11"},
		"of the system": {"/usr/bin:/opt/conda/bin", []string{"usr/bin/python3.10 1", "usr/bin/python3 -> python3.10", "opt/conda/bin/python3.11 1", "opt/conda/bin/python3 -> python3.11"}, "3.10"},
	} {
		if got := tree(t, c.files).Facts(&Config{Env: []string{"PATH=" + c.path}}, nil).Value(Python); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestALineOfPasswdIsOfOneUser: a user who names another one gets no entry by it; one that the entrypoint makes up is anybody's.
func TestALineOfPasswdIsOfOneUser(t *testing.T) {
	said := Facts{{UID, "1000", "annotation"}}
	for from, want := range map[string]string{passwdFile + "user spark": "", "/opt/entrypoint.sh, by libnss_wrapper.so": "true"} {
		if got := said.Over(Facts{{UID, "185", "USER"}, {Passwd, "true", from}}).Value(Passwd); got != want {
			t.Errorf("%s: got %q, want %q", from, got, want)
		}
		if got := said.Over(Facts{{UID, "1000", "USER"}, {Passwd, "true", from}}).Value(Passwd); got != "true" {
			t.Errorf("%s: the same user has no entry", from)
		}
	}
}

// TestUserCountsBeforeTheLabel, which an image inherits from its base; a number that no container can have is none.
func TestUserCountsBeforeTheLabel(t *testing.T) {
	label := map[string]string{Label: "{uid: 185, passwd: true, java: 17}"}
	for user, want := range map[string]string{"": "0 ", "root": "0 ", "185": "185 true", "1000:0": "1000 ", "spark": "185 true", "99999999999": "185 true", "-1": "185 true"} {
		facts := (&Config{User: user, Labels: label}).Facts()
		if got := facts.Value(UID) + " " + facts.Value(Passwd); got != want {
			t.Errorf("USER %q: got %q, want %q", user, got, want)
		}
	}
	for _, user := range []string{"99999999999", "-1"} {
		facts := (&Config{User: user, Env: []string{"JAVA_VERSION=17.0.15"}}).Facts()
		if facts.Value(UID) != "" || facts.Entry().Java != 17 {
			t.Errorf("USER %q: %+v", user, facts)
		}
	}
}

// TestTheEntryHasTheExportersPath, or says that there is none; a path that could not stand among options is not known.
func TestTheEntryHasTheExportersPath(t *testing.T) {
	for _, c := range []struct {
		fact Fact
		want string
	}{
		{Fact{JMXExporter, "1.0.1", "/opt/jmx/jmx_prometheus_javaagent-1.0.1.jar"}, "/opt/jmx/jmx_prometheus_javaagent-1.0.1.jar"},
		{Fact{JMXExporter, Absent, "no jmx_prometheus_javaagent-*.jar"}, spark.NoJar},
		{Fact{JMXExporter, "1.0.1", "/opt/a b/jmx_prometheus_javaagent-1.0.1.jar"}, ""},
		{Fact{HadoopAWS, "3.4.1", "/opt/spark/jars/hadoop-aws-3.4.1.jar"}, ""},
	} {
		entry := Facts{{Java, "17", "ENV JAVA_VERSION"}, c.fact}.Entry()
		if entry.JMXExporter != c.want || entry.Java != 17 {
			t.Errorf("%v: %+v", c.fact, entry)
		}
	}
}
