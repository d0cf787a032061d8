package spark

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ContainerName is the name that Spark itself gives the container of a pod that it makes for a role (Constants.scala), and Kubeflow's
// operator with it; "" for roles of which it makes none.
func ContainerName(role Role) string {
	switch role {
	case Driver:
		return "spark-kubernetes-driver"
	case Executor:
		return "spark-kubernetes-executor"
	}
	return ""
}

// containerNames are the names that launchers give a role's container.
func containerNames(role Role) []string {
	switch role {
	case Driver:
		return []string{"spark-kubernetes-driver"}
	case Executor:
		return []string{"spark-kubernetes-executor", "executor"}
	case Master:
		return []string{"master", "spark-master"}
	case Worker:
		return []string{"worker", "spark-worker"}
	case History:
		return []string{"spark-kubernetes-driver", "history", "history-server", "spark-history", "spark-history-server"}
	case Connect:
		return []string{"spark-kubernetes-driver", "connect", "connect-server", "spark-connect", "spark-connect-server"}
	case Thrift:
		return []string{"spark-kubernetes-driver", "thrift", "thriftserver", "spark-thrift", "spark-thriftserver", "spark-thrift-server"}
	}
	return nil
}

// mainContainer finds the container of the role's JVM: by name, by what it runs, else the only one there is.
func mainContainer(spec *corev1.PodSpec, found foundRole) (index int, why string) {
	for _, name := range containerNames(found.role) {
		for i := range spec.Containers {
			if spec.Containers[i].Name == name {
				return i, ""
			}
		}
	}
	index = -1
	for i := range spec.Containers {
		if !runsRole(&spec.Containers[i], found.role) {
			continue
		}
		if index >= 0 {
			return -1, WhyManyContainers
		}
		index = i
	}
	switch {
	case index >= 0:
		return index, ""
	case len(spec.Containers) != 1:
		return -1, WhyManyContainers
	case found.role.Job() && !found.byUser:
		// Spark's label alone proves little: a notebook may carry it for a Service to select.
		return -1, WhyContainerUnknown
	}
	return 0, ""
}

// runsRole says whether a container's arguments or environment show the role.
func runsRole(c *corev1.Container, role Role) bool {
	switch role {
	case Driver:
		return firstArg(c) == "driver" || hasEnv(c, "SPARK_DRIVER_BIND_ADDRESS")
	case Executor:
		return firstArg(c) == "executor" || hasEnv(c, "SPARK_EXECUTOR_ID")
	}
	if server, _ := containerRole(c); server == role {
		return true
	}
	if containerImageRole(c) == role {
		return true
	}
	mode := EnvString(c, "SPARK_MODE")
	return mode != "" && Role(mode) == role
}

func firstArg(c *corev1.Container) string {
	if len(c.Args) == 0 {
		return ""
	}
	return c.Args[0]
}

func hasEnv(c *corev1.Container, name string) bool {
	return slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name })
}

// mainClass is what follows --class in a driver's arguments.
func mainClass(c *corev1.Container) string {
	for _, list := range [...][]string{c.Args, c.Command} {
		for i := range list {
			if list[i] == "--class" && i+1 < len(list) {
				return list[i+1]
			}
		}
	}
	return ""
}
