package sizing

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// ServerClassMiB is the memory from which on a JVM of two processors chooses a parallel collector (hotspot gcConfig.cpp,
// os::is_server_class_machine): below it a serial one is no loss.
const ServerClassMiB = 1792

const processorsOption = "-XX:ActiveProcessorCount"

// CPU is what a container asks for and gets of processors, in thousandths; 0 stands for what is not set.
type CPU struct {
	Role           spark.Role
	Cores          int64 // tasks at a time of an executor or worker; of a driver what its pod requests
	Request, Limit int64
	HeapMiB        int64 // 0: not known
	Tokens         []string
}

// CPUOf is what a driver's or executor's pod asks for by its configuration: the limit is
// spark.kubernetes.{driver,executor}.limit.cores, the request request.cores, or else the cores
// (BasicDriverFeatureStep.scala, BasicExecutorFeatureStep.scala). It fails with a *spark.ConfError.
func CPUOf(conf spark.Conf, role spark.Role) (c CPU, err error) {
	c.Role = role
	if c.Cores, err = Cores(conf, role); err != nil {
		return CPU{}, err
	}
	if c.Request, err = quantity(conf, requestKey(role)); err != nil {
		return CPU{}, err
	}
	if c.Limit, err = quantity(conf, LimitKey(role)); err != nil {
		return CPU{}, err
	}
	if c.Request == 0 {
		c.Request = c.Cores * 1000
	}
	return c, nil
}

// LimitKey is the key of a role's CPU limit.
func LimitKey(role spark.Role) string { return "spark.kubernetes." + string(role) + ".limit.cores" }

func requestKey(role spark.Role) string {
	return "spark.kubernetes." + string(role) + ".request.cores"
}

func quantity(conf spark.Conf, key string) (milli int64, err error) {
	text, set := conf.Get(key)
	if !set {
		return 0, nil
	}
	q, err := resource.ParseQuantity(strings.TrimSpace(text))
	if err != nil || q.Sign() <= 0 {
		setting := conf[key]
		return 0, &spark.ConfError{Key: key, Value: setting.Value, Setting: setting, Err: errors.New("processors are a number of them, or of thousandths (1500m)")}
	}
	return q.MilliValue(), nil
}

// Judge is the verdict on the limit. Refused: the request is above it (Kubernetes validates requests against limits).
// Throttled: an executor or worker runs more tasks than the kernel gives it processors (CFS bandwidth control); a driver
// runs none. Serial: the JVM sees one processor and takes the serial collector for a heap of ServerClassMiB or more, unless
// an option names a collector or the processors.
func (c CPU) Judge() Verdict {
	switch {
	case c.Limit > 0 && c.Request > c.Limit:
		return Refused
	case c.Limit > 0 && c.Role != spark.Driver && c.Limit < c.Cores*1000:
		return Throttled
	case c.Processors() == 1 && c.HeapMiB >= ServerClassMiB && !c.collectorNamed():
		return Serial
	}
	return Fits
}

// Processors are those that the JVM counts: what an option says, else the limit rounded up; 0: the node's.
func (c CPU) Processors() int64 {
	for _, token := range slices.Backward(c.Tokens) {
		if digits, is := strings.CutPrefix(token, processorsOption+"="); is {
			n, _ := strconv.ParseInt(digits, 10, 32)
			return n
		}
	}
	return (c.Limit + 999) / 1000
}

func (c CPU) collectorNamed() bool {
	for _, token := range c.Tokens {
		if spark.IsCollector(spark.OptionKey(token)) {
			return true
		}
	}
	return false
}

// Raised is the least limit with which the container fits, in whole processors: at least the request and, where tasks run,
// the cores; two for a heap that one processor would leave to the serial collector.
func (c CPU) Raised() int64 {
	least := (max(c.Request, c.Limit) + 999) / 1000
	if c.Role != spark.Driver {
		least = max(least, c.Cores)
	}
	raised := c
	if raised.Limit = least * 1000; raised.Judge() == Serial {
		return 2
	}
	return least
}

// SpeedWords says how fast tasks run on a limit below their number: half speed, 62 % of their speed.
func (c CPU) SpeedWords() string {
	if percent := c.Limit / max(10*c.Cores, 1); percent != 50 {
		return strconv.FormatInt(percent, 10) + " % of full speed"
	}
	return "half speed"
}

// Count is what -XX:ActiveProcessorCount should say where no CPU limit does: of a driver what its pod requests, in whole processors.
func (c CPU) Count() int64 {
	if c.Role == spark.Driver {
		return ProcessorCount((c.Request + 999) / 1000)
	}
	return ProcessorCount(c.Cores)
}

// DefaultCollector is the garbage collector that a JVM takes where no option names one (gcConfig.cpp): Parallel before JDK 9, then G1,
// and Serial where it sees fewer than two processors or less than 1792 MiB of memory. Processors are those that the JVM counts, 0 for
// those of the node.
func DefaultCollector(java int, processors, memoryMiB int64) string {
	switch {
	case processors == 1, memoryMiB < ServerClassMiB:
		return "Serial"
	case java < 9:
		return "Parallel"
	}
	return "G1"
}

// ProcessorCount is what -XX:ActiveProcessorCount should say where no CPU limit does: the cores, and two at the least, for
// one makes the JVM choose the serial collector.
func ProcessorCount(cores int64) int64 { return max(2, cores) }

// NodeCount judges what a JVM without a CPU limit counts on the largest node: Short where that is at least twice the cores that it
// is meant to use, Fits where it is less, and Prior where the node is not known (0).
func NodeCount(processors, cores int64) Verdict {
	switch {
	case processors <= 0:
		return Prior
	case processors >= 2*cores:
		return Short
	}
	return Fits
}

// CollectorThreads is how many threads a stop of the parallel collector takes on so many processors (hotspot workerPolicy.cpp).
func CollectorThreads(processors int64) int64 {
	if processors <= 8 {
		return processors
	}
	return 8 + (processors-8)*5/8
}
