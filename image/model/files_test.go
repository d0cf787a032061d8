package model

import "testing"

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
	return tree.Facts(c)
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
	}
}
