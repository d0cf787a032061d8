package spark

import (
	"path"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Looks says by what a pod looks like Spark that Identify finds no role for: "image example.com/team/spark-etl:1". "" where
// nothing hints at Spark, and for the operators of Spark, which are none of its pods.
func Looks(meta *metav1.ObjectMeta, spec *corev1.PodSpec) string {
	name := meta.Labels[labelName]
	if operates(name) {
		return ""
	}
	found := ""
	for i := range spec.Containers {
		c := &spec.Containers[i]
		if operates(c.Image) || operates(strings.Join(c.Command, " ")) {
			return ""
		}
		if found == "" {
			found = LooksContainer(c)
		}
	}
	if found != "" {
		return found
	}
	for _, label := range [...]string{LabelRole, LabelApp, LabelVersion, labelName} {
		if value := meta.Labels[label]; value != "" && (label != labelName || value == "spark") {
			return "label " + label
		}
	}
	return ""
}

// LooksContainer is Looks for one container: its image, its command and its variables.
func LooksContainer(c *corev1.Container) string {
	for _, list := range [...][]string{c.Command, c.Args} {
		for _, arg := range list {
			if program := programs.FindString(arg[:min(len(arg), maxArgument)]); program != "" {
				return "command " + strings.TrimSuffix(path.Base(strings.TrimSpace(program)), ".")
			}
		}
	}
	if image := repositoryOf(c.Image); sparkWord.MatchString(image) && !operates(image) {
		return "image " + c.Image
	}
	for i := range c.Env {
		if strings.HasPrefix(c.Env[i].Name, "SPARK_") || c.Env[i].Name == "PYSPARK_PYTHON" {
			return "variable " + c.Env[i].Name
		}
	}
	return ""
}

var (
	sparkWord = regexp.MustCompile(`(?i)(^|[^a-z])(py)?spark([^a-z]|$)`)
	// programs are Spark's own, and its classes as a java command names them.
	programs = regexp.MustCompile(`(^|[\s/;&|])(spark-(submit|class|shell|sql|connect-shell)|pyspark|sparkR|spark-daemon\.sh|start-(master|worker|slave|history-server|thriftserver|connect-server)\.sh|org\.apache\.spark\.)`)
)

// operates says of a name or a command that it is an operator's of Spark, or this program's.
func operates(text string) bool {
	return strings.Contains(text, "spark-operator") || strings.Contains(text, "spark-kubernetes-operator") || strings.Contains(text, "spark-k8s-operator") ||
		strings.Contains(text, "spark-webhook") || strings.Contains(text, "kubectl-spark")
}

// repositoryOf is an image's path without host, tag and digest; one that none could pull is cut where these would end.
func repositoryOf(image string) string {
	r, ok := ParseReference(image)
	if !ok {
		image, _, _ = strings.Cut(image, "@")
		folder, name := path.Split(image)
		name, _, _ = strings.Cut(name, ":")
		if host, rest, nested := strings.Cut(folder, "/"); nested && strings.ContainsAny(host, ".:") {
			folder = rest
		}
		return folder + name
	}
	_, rest, _ := strings.Cut(r.Repository, "/")
	return rest
}
