package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/test/controlplane"
	"github.com/kubectl-spark/kubectl-spark/test/demo/stage"
	"github.com/kubectl-spark/kubectl-spark/test/demo/story"
	"github.com/kubectl-spark/kubectl-spark/test/distribution"
)

const liveSpark = "4.3.0"

// live submits a job with real Spark and shows that its driver pod arrives injected. Where Java or Python's package
// tool is missing it says so and goes on.
func (d *demo) live(ctx context.Context, cp *controlplane.ControlPlane) error {
	stage.Title("Live: spark-submit of Spark " + liveSpark)
	for _, tool := range []string{"java", "python3"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Printf("\nskipped: %s is not on this machine; install it (Java 17 or later, Python 3 with venv) to see a live submit\n", tool)
			return nil
		}
	}
	home, err := distribution.Get(ctx, liveSpark, os.Stdout)
	if err != nil && os.Getenv("CI") == "" {
		fmt.Printf("\nskipped: %v\n", err) // no package index in reach, or no venv: the rest was shown
		return nil
	} else if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, home+"/deps/bin/spark-submit", "--master", "k8s://"+cp.URL(), "--deploy-mode", "cluster", "--name", "live-pi",
		"--class", "org.example.Pi", "--conf", "spark.kubernetes.namespace="+story.Namespace, "--conf", "spark.kubernetes.container.image=apache/spark:"+liveSpark,
		"--conf", "spark.kubernetes.driver.pod.name=live-pi-driver", "--conf", "spark.kubernetes.submission.waitAppCompletion=false",
		"--conf", "spark.kubernetes.authenticate.submission.caCertFile="+cp.CAFile(), "--conf", "spark.kubernetes.authenticate.submission.oauthToken="+cp.Token(),
		"local:///opt/spark/jobs/pi.jar")
	cmd.Env = append(os.Environ(), "SPARK_HOME="+home+"/deps")
	fmt.Println("\n$ spark-submit --deploy-mode cluster --conf spark.kubernetes.container.image=apache/spark:" + liveSpark + " ...")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("spark-submit: %w\n%s", err, out)
	}
	pod, err := cp.Client().CoreV1().Pods(story.Namespace).Get(ctx, "live-pi-driver", metav1.GetOptions{})
	if err != nil {
		return err
	}
	report, err := rule.ReadReport(pod.Annotations[rule.ReportAnnotation])
	if err != nil {
		return fmt.Errorf("the live driver was not injected: %w", err)
	}
	fmt.Printf("%s arrived injected: %s\n", pod.Name, strings.Join(report.Applied, " "))
	return nil
}
