package reading

import (
	"fmt"
	"strings"
	"time"

	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Happened are the happenings of some kinds, to the pods that the subject speaks of.
func Happened(p rule.AnyPass, kinds ...model.Kind) []model.Happening {
	life, _ := rule.Get(p, model.FactLife)
	return life.Of(kinds...)
}

// RoleOf is the role of the pods to which something happened.
func RoleOf(p rule.Pass, h *model.Happening) spark.Role {
	if h.Role != "" {
		return h.Role
	}
	return p.Role()
}

// Who names the pods to which something happened: the driver, 1 executor, 3 executors.
func Who(p rule.Pass, h *model.Happening) string {
	role := string(RoleOf(p, h))
	switch {
	case role != string(spark.Executor) && h.Pods == 1:
		return "the " + role
	case h.Pods == 1:
		return "1 " + role
	}
	return fmt.Sprintf("%d %ss", h.Pods, role)
}

// Was is the verb for so many pods.
func Was(h *model.Happening) string {
	if h.Pods == 1 {
		return "was"
	}
	return "were"
}

// Seen words the newest example of what happened: what was seen, how often, of which pod and when.
func Seen(h *model.Happening, what string) string {
	parts := []string{what, "pod " + h.Example.Pod}
	if h.Times > h.Pods {
		parts = append(parts, fmt.Sprintf("%d times", h.Times))
	}
	if !h.Example.At.IsZero() {
		parts = append(parts, h.Example.At.UTC().Format(time.RFC3339))
	}
	text := strings.Join(parts, ", ")
	if h.Example.Message != "" {
		text += ": " + h.Example.Message
	}
	return text
}

// OwnPods says that a happening is of pods of the subject's own role, in its main container: its sizes are those of the template.
func OwnPods(p rule.Pass, h *model.Happening) bool {
	c := p.Main()
	return c != nil && RoleOf(p, h) == p.Role() && (h.Container == "" || h.Container == c.Name)
}

// IsSpark says that what happened is of the container that runs Spark, as far as its name tells.
func IsSpark(p rule.Pass, h *model.Happening) bool {
	return OwnPods(p, h) || h.Container == "" || strings.HasPrefix(h.Container, "spark-kubernetes-")
}

// Log is the command that shows the log of the newest example.
func Log(h *model.Happening) string {
	command := "kubectl logs " + h.Example.Pod + inNamespace(h)
	if h.Container != "" {
		command += " -c " + h.Container
	}
	if h.Again {
		command += " --previous"
	}
	return command
}

// Describe is the command that shows the state and the Events of the newest example.
func Describe(h *model.Happening) string {
	return "kubectl describe pod " + h.Example.Pod + inNamespace(h)
}

func inNamespace(h *model.Happening) string {
	if h.Example.Namespace == "" {
		return ""
	}
	return " -n " + h.Example.Namespace
}

// Its is its for one pod, and their for more.
func Its(h *model.Happening) string {
	if h.Pods == 1 {
		return "its"
	}
	return "their"
}
