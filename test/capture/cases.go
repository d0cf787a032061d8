package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// testCase is one way to submit: what is set beyond the base, and which pod is kept.
type testCase struct {
	name    string
	driver  bool // cluster mode, the driver pod is kept; otherwise client mode and an executor pod
	python  bool // the application is Python
	profile bool // the job asks for a ResourceProfile of its own
	// injected says that the settings went through kubectl spark inject, with the pod templates that it writes.
	injected bool
	conf     map[string]string
	in       []string // versions; empty: all
}

func (c testCase) role() string {
	if c.driver {
		return "driver"
	}
	return "executor"
}

// folder is where the case is written. Injected pods are no sample of what Spark makes by itself: they have one beside.
func (c testCase) folder(out, version string) string {
	if c.injected {
		return filepath.Join(filepath.Dir(out), "injected", version, c.role())
	}
	return filepath.Join(out, version, c.name)
}

func (c testCase) concerns(version string) bool {
	return len(c.in) == 0 || slices.Contains(c.in, version)
}

// allConf is the base every case shares and the case's own settings.
func (c testCase) allConf(version string) map[string]string {
	all := map[string]string{
		"spark.kubernetes.namespace":                                namespace,
		"spark.kubernetes.container.image":                          "spark:" + version,
		"spark.kubernetes.authenticate.driver.serviceAccountName":   "spark",
		"spark.kubernetes.authenticate.executor.serviceAccountName": "spark",
		"spark.executor.instances":                                  "1",
	}
	if c.driver {
		all["spark.kubernetes.submission.waitAppCompletion"] = "false"
	} else {
		all["spark.driver.host"] = "localhost"
		all["spark.kubernetes.driver.pod.name"] = driverName
		all["spark.driver.bindAddress"] = "127.0.0.1"
		all["spark.ui.enabled"] = "false"
	}
	maps.Copy(all, c.conf)
	if c.injected {
		all["spark.kubernetes.container.image"] = "apache/spark:" + version
	}
	return all
}

func cases() []testCase {
	type m = map[string]string
	// An image whose facts are known, and options to merge with.
	known := m{"spark.executor.extraJavaOptions": "-Dcom.example.mode=batch", "spark.kubernetes.driverEnv.STAGE": "prod"}
	both, four := []string{"3.5.9", "4.3.0"}, []string{"4.0.5", "4.3.0"}
	const volume = "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1."
	return []testCase{
		{name: "driver-jvm", driver: true},
		{name: "driver-python", driver: true, python: true},
		{name: "executor"},
		{name: "executor-sized", conf: m{"spark.executor.memory": "6g", "spark.executor.cores": "4", "spark.executor.memoryOverhead": "1536m"}},

		{name: "driver-template", driver: true, in: both, conf: m{
			"spark.kubernetes.driver.podTemplateFile": "templates/driver.yaml", "spark.kubernetes.driver.podTemplateContainerName": "main",
			"spark.kubernetes.executor.podTemplateFile": "templates/executor.yaml", "spark.kubernetes.executor.podTemplateContainerName": "main"}},
		{name: "executor-template", in: both, conf: m{
			"spark.kubernetes.executor.podTemplateFile": "templates/executor.yaml", "spark.kubernetes.executor.podTemplateContainerName": "main"}},
		{name: "executor-pvc", in: both, conf: m{volume + "options.claimName": "OnDemand", volume + "options.storageClass": "fast",
			volume + "options.sizeLimit": "50Gi", volume + "mount.path": "/data/spark-local-1", volume + "mount.readOnly": "false"}},
		{name: "executor-profile", in: both, profile: true, conf: m{"spark.dynamicAllocation.enabled": "true",
			"spark.dynamicAllocation.shuffleTracking.enabled": "true", "spark.dynamicAllocation.minExecutors": "0", "spark.executor.instances": "0"}},
		{name: "driver-java-options", driver: true, in: both, conf: m{
			"spark.driver.extraJavaOptions":   "-XX:+UseG1GC -XX:MaxGCPauseMillis=200 -Dcom.example.mode=batch",
			"spark.executor.extraJavaOptions": "-XX:+UseParallelGC -Dcom.example.mode=batch"}},
		{name: "executor-java-options", in: both, conf: m{
			"spark.executor.extraJavaOptions": "-XX:+UseParallelGC -XX:+ExitOnOutOfMemoryError -Dcom.example.greeting='hello world'"}},
		{name: "driver-limit-cores", driver: true, in: both, conf: m{"spark.driver.cores": "2", "spark.driver.memory": "4g",
			"spark.kubernetes.driver.request.cores": "1500m", "spark.kubernetes.driver.limit.cores": "2"}},
		{name: "executor-limit-cores", in: both, conf: m{"spark.executor.cores": "2", "spark.executor.memory": "4g",
			"spark.kubernetes.executor.request.cores": "500m", "spark.kubernetes.executor.limit.cores": "2"}},
		{name: "executor-small-overhead", in: both, conf: m{"spark.executor.memory": "8g", "spark.executor.memoryOverhead": "100m"}},
		{name: "driver-small-overhead", driver: true, in: both, conf: m{"spark.driver.memory": "8g", "spark.driver.memoryOverhead": "100m"}},
		{name: "executor-offheap", in: both, conf: m{"spark.executor.memory": "4g", "spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "2g"}},
		{name: "driver-overhead-factor", driver: true, in: both, conf: m{"spark.driver.memory": "8g", "spark.driver.memoryOverheadFactor": "0.25"}},
		{name: "executor-overhead-factor", in: both, conf: m{"spark.executor.memory": "8g", "spark.executor.memoryOverheadFactor": "0.25"}},
		{name: "executor-old-overhead-factor", in: both, conf: m{"spark.executor.memory": "8g", "spark.kubernetes.memoryOverheadFactor": "0.3"}},
		{name: "executor-tiny", in: both, conf: m{"spark.executor.memory": "600m"}},
		{name: "executor-min-overhead", in: four, conf: m{"spark.executor.memory": "1g", "spark.executor.minMemoryOverhead": "640m"}},
		{name: "driver-min-overhead", driver: true, in: four, conf: m{"spark.driver.memory": "1g", "spark.driver.minMemoryOverhead": "640m"}},
		{name: "driver-python-memory", driver: true, python: true, in: both, conf: m{"spark.driver.memory": "4g",
			"spark.executor.pyspark.memory": "1g", "spark.executor.memory": "4g"}},
		// In cluster mode spark-submit hands these two keys to the driver (companions.yaml of driver-python); in client mode nothing sets them.
		{name: "executor-python", python: true, in: both, conf: m{"spark.kubernetes.resource.type": "python",
			"spark.kubernetes.memoryOverheadFactor": "0.4", "spark.executor.memory": "4g"}},
		{name: "executor-python-memory", python: true, in: both, conf: m{"spark.kubernetes.resource.type": "python",
			"spark.kubernetes.memoryOverheadFactor": "0.4", "spark.executor.memory": "4g", "spark.executor.pyspark.memory": "1g"}},
		{name: "executor-statefulset", in: []string{"4.3.0"}, conf: m{"spark.kubernetes.allocation.pods.allocator": "statefulset"}},
		{name: "driver-labels", driver: true, in: both, conf: m{"spark.kubernetes.driver.label.team": "data", "spark.kubernetes.driver.annotation.example.com/cost": "42",
			"spark.kubernetes.driverEnv.STAGE": "prod", "spark.kubernetes.node.selector.pool": "spot", "spark.kubernetes.driver.secretKeyRef.DB_PASSWORD": "db:password"}},
		{name: "driver-injected", driver: true, injected: true, in: both, conf: known},
		{name: "executor-injected", injected: true, in: both, conf: known},
		{name: "executor-decommission", in: both, conf: m{"spark.decommission.enabled": "true", "spark.storage.decommission.enabled": "true"}},
	}
}

// sorted gives the settings in a stable order.
func sorted(conf map[string]string) []string {
	keys := slices.Collect(maps.Keys(conf))
	slices.SortFunc(keys, strings.Compare)
	return keys
}
