package spark

// Change is one change to a workload's configuration, whatever form the configuration takes: a properties file, a
// custom resource, the command line of spark-submit.
type Change struct {
	Key   string
	Value string // "" where Unset
	Unset bool   // the key is taken out
	From  string // the key, taken out right before, whose place this one takes; "": it stands with the others
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
