package daemon

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

func TestStartScriptsThatFork(t *testing.T) {
	sh := func(text string) corev1.Container { return corev1.Container{Command: []string{"bash", "-ec", text}} }
	for name, test := range map[string]struct {
		c    corev1.Container
		want string
	}{
		"by itself":                {corev1.Container{Command: []string{"/opt/spark/sbin/start-master.sh"}, Args: []string{"--port", "7077"}}, "start-master.sh"},
		"by a shell":               {corev1.Container{Command: []string{"/bin/bash", "/opt/spark/sbin/start-worker.sh", "spark://m:7077"}}, "start-worker.sh"},
		"under tini":               {corev1.Container{Args: []string{"/opt/entrypoint.sh", "tini", "-s", "--", "/opt/spark/sbin/start-history-server.sh"}}, "start-history-server.sh"},
		"in a text":                {sh("cd /opt/spark\nmkdir -p logs && ./sbin/start-master.sh --port 7077; echo started"), "start-master.sh"},
		"in a text, exec":          {sh("exec /opt/spark/sbin/start-connect-server.sh \\\n  --packages a:b:1"), "start-connect-server.sh"},
		"kept by tail":             {sh("sbin/start-master.sh; tail -f /opt/spark/logs/*"), ""},
		"kept by a loop":           {sh("sbin/start-master.sh && while sbin/spark-daemon.sh status X 1; do sleep 1; done"), ""},
		"told not to":              {corev1.Container{Command: []string{"sbin/start-master.sh"}, Env: []corev1.EnvVar{{Name: "SPARK_NO_DAEMONIZE"}}}, ""},
		"told not to in the text":  {sh("export SPARK_NO_DAEMONIZE=1; sbin/start-master.sh"), ""},
		"told by a file":           {sh(". /etc/env; sbin/start-master.sh"), ""},
		"variables from elsewhere": {corev1.Container{Command: []string{"sbin/start-master.sh"}, EnvFrom: []corev1.EnvFromSource{{}}}, ""},
		"in the background":        {sh("sbin/start-master.sh &"), ""},
		"another program":          {corev1.Container{Command: []string{"spark-class", spark.ClassMaster}}, ""},
		"nothing":                  {corev1.Container{}, ""},
		"a shell without a text":   {corev1.Container{Command: []string{"bash", "-c"}}, ""},
	} {
		if got := Forks(&test.c); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestServersThatAnotherCommandOutlives(t *testing.T) {
	for text, want := range map[string]Kept{
		"sbin/start-master.sh; tail -f /opt/spark/logs/a":                                             {Script: "start-master.sh", By: "tail -f /opt/spark/logs/a", Outlives: true, Shows: true, Word: 2, Start: "sbin/start-master.sh"},
		"cd /x\n${SPARK_HOME}/sbin/start-worker.sh ${M} \\\n  -c 2\n# stay\ntail -n 0 -F /dev/null\n": {Script: "start-worker.sh", By: "tail -n 0 -F /dev/null", Outlives: true, Word: 2, Start: "cd /x\n${SPARK_HOME}/sbin/start-worker.sh ${M} \\\n  -c 2"},
		"sbin/start-master.sh && sleep infinity":                                                      {Script: "start-master.sh", By: "sleep infinity", Outlives: true, Word: 2, Start: "sbin/start-master.sh"},
		"sbin/start-master.sh; tail -f a; echo":                                                       {Script: "start-master.sh", By: "tail -f a", Outlives: true, Shows: true, Word: 2},
		"sbin/start-master.sh && while true; do sleep 9; done":                                        {Script: "start-master.sh", By: "while true", Word: 2},
		"sbin/start-master.sh; tail a":                                                                {},
		"sbin/start-master.sh; sleep 60":                                                              {},
		"exec sbin/start-master.sh; tail -f a":                                                        {},
		"sbin/start-master.sh & tail -f a":                                                            {},
		"sbin/start-master.sh; tail -f a &":                                                           {},
		". /etc/env; sbin/start-master.sh; tail -f a":                                                 {},
		"SPARK_NO_DAEMONIZE=1 sbin/start-master.sh; tail -f a":                                        {},
		"if x; then sbin/start-master.sh; fi | cat; tail -f a":                                        {},
		"sbin/start-master.sh":                                                                        {},
		"tail -f a":                                                                                   {},
	} {
		got, is := KeptByAnother(&corev1.Container{Command: []string{"bash", "-c"}, Args: []string{text}})
		if is != (want.By != "") || is && got != want {
			t.Errorf("%q: %v %+v, want %+v", text, is, got, want)
		}
	}
}
