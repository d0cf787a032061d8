package spark

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Ports that Spark listens on unless it is told otherwise, and the names by which containers declare them.
const (
	PortDriverRPC    int32 = 7078
	PortBlockManager int32 = 7079
	PortUI           int32 = 4040
	PortMaster       int32 = 7077
	PortMasterWeb    int32 = 8080
	PortMasterREST   int32 = 6066
	PortWorkerWeb    int32 = 8081
	PortHistory      int32 = 18080
	PortConnect      int32 = 15002
	PortThrift       int32 = 10000

	PortNameDriverRPC    = "driver-rpc-port"
	PortNameBlockManager = "blockmanager"
	PortNameUI           = "spark-ui"
	PortNameConnect      = "spark-connect"
)

// NamedPort is the number of the first declared container port with one of the names.
func NamedPort(c *corev1.Container, names ...string) (int32, bool) {
	for _, name := range names {
		for i := range c.Ports {
			if c.Ports[i].Name == name {
				return c.Ports[i].ContainerPort, true
			}
		}
	}
	return 0, false
}

// PortOf is the number of a declared port with one of the names, else the default.
func PortOf(c *corev1.Container, names []string, standard int32) int32 {
	if port, ok := NamedPort(c, names...); ok {
		return port
	}
	return standard
}

// WebPort is where a role's web interface listens: what environment and arguments set, else a port of a well-known name,
// else Spark's default. It is 0 for roles without one, and where the setting cannot be read (a reference, port 0).
// A driver's interface is what its container declares; with the interface disabled nothing listens there.
func WebPort(c *corev1.Container, role Role) int32 {
	switch role {
	case Driver, Connect, Thrift:
		return setting(c, "", "SPARK_SUBMIT_OPTS", "spark.ui.port", "", PortOf(c, []string{PortNameUI, "ui"}, PortUI))
	case Master:
		return setting(c, "SPARK_MASTER_WEBUI_PORT", "SPARK_MASTER_OPTS", "spark.master.ui.port", "--webui-port",
			PortOf(c, []string{"web", "http", "webui", "web-ui"}, PortMasterWeb))
	case Worker:
		return setting(c, "SPARK_WORKER_WEBUI_PORT", "SPARK_WORKER_OPTS", "spark.worker.ui.port", "--webui-port",
			PortOf(c, []string{"web", "http", "webui", "web-ui"}, PortWorkerWeb))
	case History:
		return setting(c, "", "SPARK_HISTORY_OPTS", "spark.history.ui.port", "",
			PortOf(c, []string{"history", "http", "web", "ui", "history-ui"}, PortHistory))
	}
	return 0
}

// ServicePort is where a role serves its clients: a master its workers, a Connect or Thrift server its sessions, a driver
// its executors; for a worker and a history server the web interface. 0 as for WebPort.
func ServicePort(c *corev1.Container, role Role) int32 {
	switch role {
	case Driver:
		return PortOf(c, []string{PortNameDriverRPC}, PortDriverRPC)
	case Executor:
		port, _ := NamedPort(c, PortNameBlockManager) // absent when spark.blockManager.port is 0
		return port
	case Master:
		return setting(c, "SPARK_MASTER_PORT", "", "", "--port", PortOf(c, []string{"spark", "cluster", "master"}, PortMaster))
	case Connect:
		return setting(c, "", "SPARK_SUBMIT_OPTS", "spark.connect.grpc.binding.port", "",
			PortOf(c, []string{PortNameConnect, "connect", "grpc"}, PortConnect))
	case Thrift:
		return setting(c, "HIVE_SERVER2_THRIFT_PORT", "SPARK_SUBMIT_OPTS", "hive.server2.thrift.port", "",
			PortOf(c, []string{"thrift", "jdbc", "hiveserver2"}, PortThrift))
	case Worker, History:
		return WebPort(c, role)
	}
	return 0
}

// setting reads a port from arguments, then from -D options, then from the environment, else takes the standard.
// Arguments come last in Spark's own order and win; a reference that the kubelet or a shell fills in gives 0.
func setting(c *corev1.Container, env, optionsEnv, property, flag string, standard int32) int32 {
	if text, ok := argument(c, property, flag); ok {
		return portNumber(text)
	}
	for _, name := range [...]string{optionsEnv, "SPARK_DAEMON_JAVA_OPTS"} {
		if property == "" || name == "" {
			continue
		}
		value, literal, present := EnvValue(c, name)
		if present && !literal {
			return 0
		}
		if text, ok := propertyIn(value, property); ok {
			return portNumber(text)
		}
	}
	if env != "" {
		value, literal, present := EnvValue(c, env)
		switch {
		case present && !literal:
			return 0
		case value != "":
			return portNumber(value)
		}
	}
	return standard
}

// argument finds --flag N, --flag=N or property=N in a container's command, shell scripts included.
func argument(c *corev1.Container, property, flag string) (string, bool) {
	text, found := "", false
	take := func(words []string) {
		for i, word := range words {
			switch name, value, joined := strings.Cut(word, "="); {
			case flag != "" && word == flag && i+1 < len(words):
				text, found = words[i+1], true
			case joined && flag != "" && name == flag,
				joined && property != "" && (name == property || name == "-D"+property || name == "spark.hadoop."+property):
				text, found = value, true
			}
		}
	}
	for _, list := range [...][]string{c.Command, c.Args} {
		for _, arg := range list {
			if strings.Contains(arg, " ") && len(arg) <= maxArgument {
				take(strings.Fields(arg))
			}
		}
		take(list)
	}
	return strings.Trim(text, `"';&|`), found
}

func propertyIn(options, property string) (string, bool) {
	if !strings.Contains(options, property) {
		return "", false
	}
	tokens, err := SplitOptions(options)
	if err != nil {
		return "", true
	}
	text, found := "", false
	for _, token := range tokens {
		if value, ok := strings.CutPrefix(token, "-D"+property+"="); ok {
			text, found = value, true
		}
	}
	return text, found
}

func portNumber(s string) int32 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return int32(n)
}
