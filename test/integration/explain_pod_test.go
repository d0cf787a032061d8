package integration

import (
	"strings"
	"testing"
)

// TestExplainPodTakesAWorkload: by the names that the other commands take, and of one that has ended the last driver.
func TestExplainPodTakesAWorkload(t *testing.T) {
	cp := shared.Get(t)
	ns := sparkNamespace(t, cp)
	ended(t, cp, ns, "night-1-driver", "spark-n1", "Succeeded")
	for name, pod := range map[string]string{"etl": "etl-driver", ns + "/etl": "etl-driver", "spark-1": "etl-driver", "night": "night-1-driver"} {
		code, out, errs := runPlugin(t, cp.Kubeconfig(), "explain", "pod", name, "-n", ns)
		if code != 0 || !strings.Contains(out, "Spark driver of launcher native") || errs != "note: "+name+": pod "+ns+"/"+pod+"\n" {
			t.Errorf("%s: exit code %d\n%s%s", name, code, out, errs)
		}
	}
	for name, want := range map[string]string{
		"nobody":           `there is no pod "nobody" in namespace "` + ns + `", and no Spark workload is called "nobody"`,
		"sts/spark-worker": `workload "spark-worker" in namespace "` + ns + `" has no pod`,
		"sts/wroker":       `statefulset "wroker" not found`,
	} {
		if code, out, errs := runPlugin(t, cp.Kubeconfig(), "explain", "pod", name, "-n", ns); code != 2 || out != "" || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d\n%s%s", name, code, out, errs)
		}
	}
}
