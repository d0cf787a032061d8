package spark

// Change is one change to a workload's configuration, whatever form the configuration takes: a properties file, a
// custom resource, the command line of spark-submit.
type Change struct {
	Key   string
	Value string // "" where Unset
	Unset bool   // the key is taken out
}
