package spark

import (
	"fmt"
	"strings"
)

// submitOptions are the options of spark-submit that take a value (launcher SparkSubmitOptionParser of 3.3 to 4.3), with
// the key that each becomes on Kubernetes (SparkSubmit.prepareSubmitEnvironment); "" where it becomes none. An option
// wins over --conf of its key, wherever it stands.
var submitOptions = map[string]string{
	"--archives": "spark.archives", "--class": "", "--conf": "", "-c": "", "--deploy-mode": "spark.submit.deployMode",
	"--driver-class-path": "spark.driver.extraClassPath", "--driver-cores": "spark.driver.cores",
	"--driver-java-options": "spark.driver.extraJavaOptions", "--driver-library-path": "spark.driver.extraLibraryPath",
	"--driver-memory": "spark.driver.memory", "--exclude-packages": "spark.jars.excludes", "--executor-cores": "spark.executor.cores",
	"--executor-memory": "spark.executor.memory", "--files": "spark.files", "--jars": "spark.jars", "--keytab": "spark.kerberos.keytab",
	"--kill": "", "--master": "spark.master", "--name": "spark.app.name", "--num-executors": "spark.executor.instances",
	"--packages": "spark.jars.packages", "--principal": "spark.kerberos.principal", "--properties-file": "", "--proxy-user": "",
	"--py-files": "spark.submit.pyFiles", "--queue": "", "--remote": "", "--repositories": "spark.jars.repositories", "--status": "",
	"--total-executor-cores": "",
}

// submitSwitches are those that take none, and whether an application is run all the same.
var submitSwitches = map[string]bool{"--help": false, "-h": false, "--supervise": true, "--usage-error": false, "--verbose": true, "-v": true,
	"--version": false, "--load-spark-defaults": true}

// Submit is what the arguments of spark-submit say.
type Submit struct {
	Given          []Given
	Class          string
	PropertiesFile string
	// LoadDefaults says that spark-defaults.conf is read beside a properties file, which else stands in for it (from 4.0 on).
	LoadDefaults bool
	// Resource is the application's own file, the first argument that belongs to no option; "" where there is none.
	Resource string
	// ResourceAt is its index; the number of arguments where there is none.
	ResourceAt int
	// Runs says that an application is run: spark-submit can also tell its version, or end a driver.
	Runs bool
}

// Given is one setting among the arguments.
type Given struct {
	Key, Value string
	Option     string // as it is written: --conf, -c, --driver-memory
	At         int    // index of the argument that holds the value
	Joined     bool   // --driver-memory=2g: option and value are one argument
}

// ParseSubmit reads the arguments behind the program, as spark-submit itself does. What that refuses is an error.
func ParseSubmit(args []string) (Submit, error) {
	s := Submit{Runs: true, ResourceAt: len(args)}
	for i := 0; i < len(args); i++ {
		g := Given{Option: args[i], At: i}
		if name, value, joined := strings.Cut(args[i], "="); joined && strings.HasPrefix(name, "--") && value != "" {
			g.Option, g.Value, g.Joined = name, value, true
		}
		key, valued := submitOptions[g.Option]
		if !valued {
			if runs, known := submitSwitches[args[i]]; known {
				s.Runs = s.Runs && runs
				s.LoadDefaults = s.LoadDefaults || args[i] == "--load-spark-defaults"
				continue
			}
			if strings.HasPrefix(args[i], "-") {
				return s, fmt.Errorf("spark-submit knows no option %s", args[i])
			}
			s.Resource, s.ResourceAt = args[i], i
			return s, nil // the rest is the application's own
		}
		if !g.Joined {
			if i++; i == len(args) {
				return s, fmt.Errorf("%s is the last argument, and takes a value", g.Option)
			}
			g.Value, g.At = args[i], i
		}
		if g.Key = key; g.Option == "--conf" || g.Option == "-c" {
			var set bool
			if g.Key, g.Value, set = strings.Cut(g.Value, "="); !set {
				return s, fmt.Errorf("%s takes key=value", g.Option)
			}
		}
		switch g.Option {
		case "--class":
			s.Class = g.Value
		case "--properties-file":
			s.PropertiesFile = g.Value
		case "--kill", "--status":
			s.Runs = false
		}
		if g.Key != "" {
			s.Given = append(s.Given, g)
		}
	}
	return s, nil
}

// Decides is the index among Given of what decides a key: the last option for it, else the last --conf; -1 where
// nothing sets it.
func (s *Submit) Decides(key string) int {
	at, option := -1, false
	for i := range s.Given {
		if g := &s.Given[i]; g.Key == key && (g.OfOption() || !option) {
			at, option = i, g.OfOption()
		}
	}
	return at
}

// OfOption says that an option of its own gives the setting, not --conf.
func (g *Given) OfOption() bool { return g.Option != "--conf" && g.Option != "-c" }

// OtherManager says that a configuration names a master that is not Kubernetes: standalone, YARN, Mesos, or the driver alone (local).
// Its executors are no pods.
func OtherManager(c Conf) bool {
	master, _ := c.Get("spark.master")
	for _, other := range [...]string{"spark://", "yarn", "mesos", "local"} {
		if strings.HasPrefix(master, other) {
			return true
		}
	}
	return false
}
