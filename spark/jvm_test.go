package spark

import (
	"slices"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestOptionsThatSetTheSameThingHaveOneKey(t *testing.T) {
	for token, want := range map[string]string{
		"-XX:ActiveProcessorCount=2": "-XX:ActiveProcessorCount", "-XX:+UseG1GC": "-XX:UseG1GC", "-XX:-UseG1GC": "-XX:UseG1GC",
		"-Dspark.x=y=z": "-Dspark.x", "-Dflag": "-Dflag", "-Xmx6g": "-Xmx", "-Xms512m": "-Xms", "-Xss4m": "-Xss",
		"-Xlog:gc*:file=/tmp/x.log:time": "-Xlog:gc*", "-Xlog:safepoint": "-Xlog:safepoint", "-Xlog": "-Xlog:",
		"-javaagent:/a.jar=8080:/c.yaml": "-javaagent:/a.jar", "--add-opens=java.base/java.nio=ALL-UNNAMED": "--add-opens=java.base/java.nio=ALL-UNNAMED",
		"-Xmixed": "-Xmixed", "-server": "-server", "-verbose:gc": "-verbose:gc", "": "", "-XX:": "-XX:", "-XX:+": "-XX:",
	} {
		if got := OptionKey(token); got != want || want != "" && !HasKey(token, want) || HasKey(token, want+"x") {
			t.Errorf("%q: got %q, want %q", token, got, want)
		}
	}
}

func TestCollectorIsTheOneSwitchedOnLast(t *testing.T) {
	if _, ok := Collector("-XX:-UseG1GC"); ok {
		t.Error("a collector that is switched off was chosen")
	}
	if name, ok := CollectorOf([]string{"-XX:+UseZGC", "-XX:+ZGenerational", "-Xmx1g"}); !ok || name != "Z" {
		t.Errorf("got %q, %v", name, ok)
	}
	if !IsCollector("-XX:UseParallelGC") || IsCollector("-XX:UseLargePages") {
		t.Error("collectors' switches are not told from others")
	}
}

func TestXlogIsFoundAmongItsSelectors(t *testing.T) {
	for token, want := range map[string]bool{"-Xlog:gc*:stderr": true, "-Xlog:safepoint,gc+age=debug": true, "-Xlog": true, "-Xlog:class*": false, "-XX:x=gc": false} {
		if got := HasXlog([]string{token}, "gc"); got != want {
			t.Errorf("%q: got %v", token, got)
		}
	}
}

func TestExecutorOptionsAreCompleteOnlyWhenAllAreLiteral(t *testing.T) {
	c := env(corev1.Container{}, "SPARK_JAVA_OPT_10", "-Da=b c", "SPARK_JAVA_OPT_2", "-Xx", "SPARK_JAVA_OPT_x", "no", "OTHER", "no")
	tokens, complete := ExecutorOptions(&c)
	if next := NextOption(&c); !slices.Equal(tokens, []string{"-Da=b c", "-Xx"}) || next != 11 || !complete {
		t.Errorf("got %q, %d, %v", tokens, next, complete)
	}
	reference := env(c, "SPARK_JAVA_OPT_3", "$(POD_IP)")
	if _, complete = ExecutorOptions(&reference); complete {
		t.Error("a reference counts as literal")
	}
	c.EnvFrom = []corev1.EnvFromSource{{}}
	if _, complete = ExecutorOptions(&c); complete {
		t.Error("envFrom may bring more")
	}
}

func TestExecutorOptionsNeverNameAVariableThatIsThere(t *testing.T) {
	for _, first := range []string{"0", "999999", "1000000", "1000001", "2147483645", "9223372036854775807", "99999999999999999999"} {
		c := env(corev1.Container{}, javaOptPrefix+first, "-Da")
		for i := range 20 {
			next := NextOption(&c)
			name := javaOptPrefix + strconv.Itoa(next)
			if _, _, present := EnvValue(&c, name); present {
				t.Fatalf("after %s, option %d: %s is there", first, i, name)
			}
			c = env(c, name, "-Db")
		}
	}
}

func TestJVMOptionsGatherEveryChannelOfTheRole(t *testing.T) {
	c := env(corev1.Container{}, "_JAVA_OPTIONS", "-Dlast", "JAVA_TOOL_OPTIONS", "-Dtool", "SPARK_DAEMON_JAVA_OPTS", "-Ddaemon",
		"SPARK_SUBMIT_OPTS", "-Dsubmit", "SPARK_MASTER_OPTS", "-Dmaster", "SPARK_JAVA_OPT_0", "-Dexec")
	for role, want := range map[Role][]string{
		Driver: {"-Dtool", "-Dsubmit", "-Dlast"}, Executor: {"-Dtool", "-Dexec", "-Dlast"}, Worker: {"-Dtool", "-Ddaemon", "-Dlast"},
		Master: {"-Dtool", "-Ddaemon", "-Dmaster", "-Dlast"}, Connect: {"-Dtool", "-Ddaemon", "-Dsubmit", "-Dlast"},
	} {
		if got := JVMOptions(&c, role); !got.Visible || !slices.Equal(got.Tokens, want) {
			t.Errorf("%s: got %+v, want %q", role, got, want)
		}
	}
	for why, c := range map[string]corev1.Container{
		WhyValueFrom:  {Env: []corev1.EnvVar{{Name: "JAVA_TOOL_OPTIONS", ValueFrom: &corev1.EnvVarSource{}}}},
		WhyUnbalanced: env(corev1.Container{}, "SPARK_SUBMIT_OPTS", "-Da='b"),
		WhyEnvFrom:    {EnvFrom: []corev1.EnvFromSource{{}}},
	} {
		if got := JVMOptions(&c, Driver); got.Visible || got.Why != why {
			t.Errorf("%s: got %+v", why, got)
		}
	}
}

func TestEnvValueFollowsTheKubelet(t *testing.T) {
	c := env(corev1.Container{}, "A", "1", "A", "2", "B", "a$$(x)$", "C", "x$(A)")
	for name, want := range map[string]string{"A": "2", "B": "a$(x)$", "C": "", "D": ""} {
		value, literal, present := EnvValue(&c, name)
		if value != want || literal == (name == "C") || present == (name == "D") {
			t.Errorf("%s: got %q, %v, %v", name, value, literal, present)
		}
	}
}
