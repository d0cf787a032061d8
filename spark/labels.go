package spark

// Labels and annotations by which Spark pods are known.
const (
	LabelRole        = "spark-role"         // Spark and both operators
	LabelApp         = "spark-app-selector" // Spark: the application's id
	LabelVersion     = "spark-version"      // Spark 3.3 and later
	LabelOwnRole     = "kubectl-spark.io/role"
	LabelManagedBy   = "app.kubernetes.io/managed-by"
	annotationMirror = "kubernetes.io/config.mirror"

	labelName      = "app.kubernetes.io/name"
	labelComponent = "app.kubernetes.io/component"
)

// Main classes of what a driver-like JVM runs.
const (
	ClassPython  = "org.apache.spark.deploy.PythonRunner"
	ClassConnect = "org.apache.spark.sql.connect.service.SparkConnectServer"
	ClassThrift  = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
	ClassHistory = "org.apache.spark.deploy.history.HistoryServer"
	ClassMaster  = "org.apache.spark.deploy.master.Master"
	ClassWorker  = "org.apache.spark.deploy.worker.Worker"
)

// Reason words of an Identity that is not certain.
const (
	WhyNoRole           = "no-role"           // not a Spark pod
	WhyRoleUnknown      = "role-unknown"      // kubectl-spark.io/role holds no role
	WhyManyRoles        = "many-roles"        // the commands name more than one
	WhyMirror           = "mirror"            // a static pod's image in the API: cannot be changed
	WhyContainerUnknown = "container-unknown" // no container looks like Spark's
	WhyManyContainers   = "many-containers"   // more than one does, or none of several
)

// ParseRole reads one of our role words, or connect-server as Kubeflow writes it.
func ParseRole(word string) (Role, bool) {
	switch role := Role(word); role {
	case Driver, Executor, Master, Worker, History, Connect, Thrift:
		return role, true
	case "connect-server":
		return Connect, true
	}
	return "", false
}
