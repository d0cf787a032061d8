package spark

// Change is one change to a workload's configuration, whatever form the configuration takes: a properties file, a
// custom resource, the command line of spark-submit.
type Change struct {
	Key   string
	Value string // "" where Unset
	Unset bool   // the key is taken out
	From  string // the key, taken out right before, whose place this one takes; "": it stands with the others
}

// unset are values that say the same as no value, from Spark 3.3 to 4.3: keys that recommendations and rules take out, whose absence is
// not derived from other keys. Each is the default of its ConfigEntry (SQLConf.scala, config/Network.scala, config/package.scala).
var unset = map[string]string{
	"spark.executor.heartbeatInterval":     "10s",
	"spark.network.timeout":                "120s",
	"spark.shuffle.service.enabled":        "false",
	"spark.sql.adaptive.enabled":           "true",
	"spark.sql.adaptive.skewJoin.enabled":  "true",
	"spark.sql.autoBroadcastJoinThreshold": "10MB",
}

// Set is the change for where no key can be taken out, as in arguments of spark-submit: a key that is to go gets the value that Spark has
// without it. ok is false where no value says the same.
func (c Change) Set() (set Change, ok bool) {
	if !c.Unset {
		return c, true
	}
	value, ok := unset[c.Key]
	return Change{Key: c.Key, Value: value}, ok
}

// PodChange is one change to the container that holds the JVM of a role, for what no key of Spark's configuration says.
type PodChange struct {
	Role Role
	// Env names a variable, Resource a field of the container's resources (limits.memory); one of both is set.
	Env, Resource string
	Value         string // "" where Unset
	Unset         bool
}

// Name is what is changed: the variable or the field.
func (c PodChange) Name() string { return c.Env + c.Resource }
