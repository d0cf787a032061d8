package prediction

import (
	"maps"
	"math"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/eventlog/model"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// memory is that of a pod of each role in MiB, or its processors; 0 where it is unknown.
type memory struct{ executor, driver float64 }

// Prices are those of an hour of a processor and of a GiB of memory, in any currency; 0 for none.
type Prices struct{ CPUHour, GiBHour float64 }

// Given says that there is a price.
func (p Prices) Given() bool { return p.CPUHour > 0 || p.GiBHour > 0 }

// Costs are what pods took: the sum over all pods of size times the hours that they existed.
type Costs struct {
	// MemoryGiBHours and CPUHours are by what pods request; 0 where that is unknown.
	MemoryGiBHours float64 `json:"memoryGiBHours"`
	CPUHours       float64 `json:"cpuHours"`
	// Money is their price; 0 without prices.
	Money float64 `json:"cost,omitempty"`
}

// costs are those of some time of executors and of the driver, in milliseconds.
func (m *Model) costs(mem, cpu memory, executors, driver float64, p Prices) (c Costs) {
	const hour = 3600e3
	if mem.executor > 0 {
		c.MemoryGiBHours = (mem.executor*executors + mem.driver*driver) / 1024 / hour
	}
	c.CPUHours = (cpu.executor*executors + cpu.driver*driver) / hour
	c.Money = digits(c.MemoryGiBHours*p.GiBHour + c.CPUHours*p.CPUHour)
	c.MemoryGiBHours, c.CPUHours = digits(c.MemoryGiBHours), digits(c.CPUHours)
	return c
}

// digits rounds to six of them behind the point.
func digits(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// readCosts computes the pods of the run by Spark's formula (spark.PodMemory). On other cluster managers it is what such pods
// would take. A pod requests its cores where nothing else is set (BasicExecutorFeatureStep, BasicDriverFeatureStep).
func (m *Model) readCosts() {
	m.memory = memory{podMiB(m.run, spark.Executor, 0), podMiB(m.run, spark.Driver, 0)}
	m.cpu = memory{
		processors(m.run.Spark["spark.kubernetes.executor.request.cores"], float64(m.cores)),
		processors(m.run.Spark["spark.kubernetes.driver.request.cores"], processors(m.run.Spark["spark.driver.cores"], 1)),
	}
}

// cpuOf are the processors that pods request where executors have some cores: in proportion to those of the run.
func (m *Model) cpuOf(cores int) memory {
	return memory{m.cpu.executor * float64(cores) / float64(max(m.cores, 1)), m.cpu.driver}
}

// processors reads a quantity of them.
func processors(text string, unset float64) float64 {
	q, err := resource.ParseQuantity(strings.TrimSpace(text))
	if x := q.AsApproximateFloat64(); err == nil && x > 0 && x <= Most {
		return x
	}
	return unset
}

// podMiB is the memory of a pod of a role, with another heap where heapMiB is not 0; 0 where a setting cannot be read.
func podMiB(run *model.Run, role spark.Role, heapMiB int64) float64 {
	all := maps.Clone(run.Spark)
	if all == nil {
		all = map[string]string{}
	}
	for _, p := range run.Profiles { // what a log without properties has
		if n := p.Executor["memory"]; p.ID == 0 && run.Spark == nil && n >= 1 {
			all["spark.executor.memory"] = strconv.FormatInt(int64(n), 10) + "m"
		}
	}
	if heapMiB > 0 {
		all["spark."+string(role)+".memory"] = strconv.FormatInt(heapMiB, 10) + "m"
	}
	conf := spark.Conf{}
	for key, value := range all {
		conf[key] = spark.Setting{Value: value}
	}
	v, _ := spark.ParseVersion(run.Application.Version)
	pod, err := spark.PodMemory(spark.MemoryInput{
		Role: role, Version: v, Conf: conf,
		ClusterMode: run.Spark["spark.submit.deployMode"] == "cluster", Python: run.Spark["spark.kubernetes.resource.type"] == "python",
	})
	if err != nil {
		return 0
	}
	return float64(pod.Total())
}
