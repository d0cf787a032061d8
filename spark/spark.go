// Package spark says what Apache Spark means on Kubernetes: roles and launchers, versions, configuration keys,
// the memory model, options and images. It is pure: no clock, no network, no files. Packages below it: keys (the catalogue of
// configuration keys), sizing (verdicts on sizes), jvm (what a JVM takes), secret (what is hidden from readers).
// Start reading at Role, then at Identify.
package spark

// Role is what a container does for Spark.
type Role string

// The roles. A job's roles run to completion; the others are servers that run until they are stopped.
const (
	Driver   Role = "driver"
	Executor Role = "executor"
	Master   Role = "master"
	Worker   Role = "worker"
	History  Role = "history"
	Connect  Role = "connect"
	Thrift   Role = "thrift"
)

// Job says whether the role belongs to a job that runs to completion.
func (r Role) Job() bool { return r == Driver || r == Executor }

// Server says whether the role runs until it is stopped.
func (r Role) Server() bool { return r != "" && !r.Job() }

// Roles is a set of roles; nil stands for all of them.
type Roles []Role

// Has says whether the set holds the role.
func (rs Roles) Has(role Role) bool {
	if rs == nil {
		return true
	}
	for _, r := range rs {
		if r == role {
			return true
		}
	}
	return false
}

// The sets that rules name most.
var (
	Jobs    = Roles{Driver, Executor}
	Servers = Roles{Master, Worker, History, Connect, Thrift}
)

// Launcher is the name of what brought a Spark pod to the cluster. Each is one value of workload/launcher.
type Launcher string

// Setting is one value of an effective Spark configuration and where it stands.
type Setting struct {
	Value string
	// Path is where an object holds it, as field path segments (spec, sparkConf, spark.executor.memory);
	// empty when it came from a properties file.
	Path []string
	// Line is its line in the file it came from, from 1; 0 where it is not known.
	Line int
	// Under is what the settings of a resource say for the same key, which this one replaced: it never reaches Spark.
	Under *Setting
}

// Conf is an effective Spark configuration: key to value, the same whether it came from a properties file,
// a ConfigMap, --conf arguments or the fields of a custom resource.
type Conf map[string]Setting
