package sizing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// Server is a master, worker, history, Connect or Thrift server as far as it is seen.
type Server struct {
	Role      spark.Role
	Version   spark.Version
	Container *corev1.Container
	Spec      *corev1.PodSpec // nil where only the container is known
	// Conf is the application's configuration that a Connect or Thrift server reads, where it is known; files are those that
	// ConfigMaps bring into the configuration folder, nil where they are not known.
	Conf  spark.Conf
	Files map[string]string
	// ImageKnown says that the image is known to set none of the variables.
	ImageKnown bool
	// Submitted says that spark-submit made the server: an application whose driver is Spark's own to size.
	Submitted bool
}

const (
	daemonMemory = "SPARK_DAEMON_MEMORY"
	workerMemory = "SPARK_WORKER_MEMORY"
	driverMemory = "spark.driver.memory"
)

// application says whether the server is an application of its own, and reads a driver's configuration.
func (s Server) application() bool { return s.Role == spark.Connect || s.Role == spark.Thrift }

// Heap is the heap of the server's own JVM in MiB, and whether that is certain: SPARK_DAEMON_MEMORY, for Connect and Thrift
// servers else spark.driver.memory (SparkSubmitCommandBuilder), 1g by default. Where it is not, mib is the default.
func (s Server) Heap() (mib int64, why Why) {
	c := s.Container
	text, literal, present := spark.EnvValue(c, daemonMemory)
	size, err := spark.ParseSize(text, spark.Byte) // behind -Xmx, where Java counts bytes without a unit
	size >>= 20
	mounted := spark.ConfMounted(c, s.Spec)
	unsure := func(why Why) (int64, Why) { return spark.DefaultDaemonMiB, why }
	switch set := present && literal && text != ""; {
	case mounted && !s.bareConf():
		if set && err == nil && size > 0 && size <= maxMiB {
			return size, ConfUnseen // a spark-env.sh there wins over variables
		}
		return unsure(ConfUnseen)
	case set && (err != nil || size < 1 || size > maxMiB):
		return unsure(Unreadable)
	case set:
		return size, ""
	case len(c.EnvFrom) > 0:
		return unsure(ConfUnseen)
	case present && !literal:
		return unsure(ValueFrom)
	}
	if s.application() && !s.Submitted {
		if heap, known := s.driverHeap(); known {
			return heap, ""
		}
	}
	switch {
	case !s.ImageKnown:
		return unsure(ImageUnknown) // it may bake in another heap
	case s.application():
		return unsure(ConfUnseen) // their heap is spark.driver.memory then
	}
	return spark.DefaultDaemonMiB, ""
}

// bareConf says that what is mounted there is seen, and holds no spark-env.sh.
func (s Server) bareConf() bool {
	_, script := s.Files["spark-env.sh"]
	return s.Files != nil && !script
}

// driverHeap is spark.driver.memory from the server's arguments or its mounted spark-defaults.conf.
func (s Server) driverHeap() (mib int64, known bool) {
	conf := s.Conf
	if _, set := conf.Get(driverMemory); !set {
		for _, word := range slices.Concat(s.Container.Command, s.Container.Args) {
			if strings.Contains(word, "--driver-memory") || strings.Contains(word, "--properties-file") {
				return 0, false
			}
		}
		var err error
		if conf, err = spark.ParseProperties([]byte(s.Files["spark-defaults.conf"])); err != nil {
			return 0, false
		}
	}
	size, set, err := conf.SizeFor(s.Version, driverMemory, spark.MiB, spark.MiB)
	return size, set && err == nil && size > 0 && size <= maxMiB
}

// outsideHeap is what a server's JVM is taken to use beside its heap, in MiB: what Spark would reserve for a driver
// (ResourceProfile.scala); a worker's, which does little by itself, 256.
func (s Server) outsideHeap(heap int64) int64 {
	if s.Role == spark.Worker {
		return DaemonBesideMiB
	}
	return max(spark.DefaultOverheadMiB, heap/10)
}

// ServerMemory is what a server needs and has of memory, in MiB.
type ServerMemory struct {
	Heap, OutsideHeap int64
	Offer             Offer // of a worker
	Need              int64 // exactly what the container must hold
	To                int64 // Need rounded up to 256: what request and limit should be
	// Limit is the container's, or the pod's where that is lower; 0 where there is none. PodLimit says that it is the pod's.
	Limit    int64
	PodLimit bool
	// Verdict on the limit: Killed, Short or Fits; Fits where there is none.
	Verdict Verdict
	Why     Why // why the need is not certain
}

// Memory sizes the server.
func (s Server) Memory() ServerMemory {
	m := ServerMemory{Verdict: Fits}
	m.Heap, m.Why = s.Heap()
	m.OutsideHeap = s.outsideHeap(m.Heap)
	m.Limit, m.PodLimit = MemoryLimit(s.Container, s.Spec)
	m.Need = m.Heap + m.OutsideHeap
	if s.Role == spark.Worker {
		m.Offer = s.Offer(m.Limit)
		if m.Why == "" {
			m.Why = m.Offer.Why
		}
		m.Need = WorkerNeed(m.Heap, m.Offer.MiB)
	}
	m.To = Up256(m.Need)
	if m.Limit > 0 {
		m.Verdict = Limit(m.Limit, max(m.Heap, m.Offer.MiB), m.Need)
	}
	return m
}

// Assumes says that the need rests on the default heap of a worker whose image or configuration may set another one, and which says
// itself what it offers to executors. Who shows the change before it is made may make it.
func (m ServerMemory) Assumes() bool {
	return m.Offer.Said && m.Offer.Why == "" && (m.Why == ImageUnknown || m.Why == ConfUnseen)
}

// CPURequest is that of a server: a worker's cores, where it says how many, else half a core. known is false where it
// says what no worker has.
func (s Server) CPURequest() (cpu resource.Quantity, known bool) {
	if s.Role == spark.Worker {
		if value, literal, _ := spark.EnvValue(s.Container, "SPARK_WORKER_CORES"); literal && value != "" {
			cores, err := strconv.ParseInt(value, 10, 64)
			return *resource.NewQuantity(cores, resource.DecimalSI), err == nil && cores >= 1 && cores <= maxCores
		}
	}
	return *resource.NewMilliQuantity(500, resource.DecimalSI), true
}

// Sum words how the need comes about.
func (m ServerMemory) Sum() string {
	if m.Offer.MiB > 0 {
		return fmt.Sprintf("worker %dMi + executors %dMi x 1.15 + %dMi = %dMi", m.Heap, m.Offer.MiB, DaemonBesideMiB, m.Need)
	}
	return fmt.Sprintf("heap %dMi + %dMi for the JVM = %dMi", m.Heap, m.OutsideHeap, m.Need)
}

// MemoryLimit is the memory limit that holds for a container, in MiB: its own, or the pod's where that is lower or the only
// one; 0 where there is none.
func MemoryLimit(c *corev1.Container, spec *corev1.PodSpec) (mib int64, ofPod bool) {
	mib = c.Resources.Limits.Memory().Value() >> 20
	if spec != nil && spec.Resources != nil {
		if whole := spec.Resources.Limits.Memory().Value() >> 20; whole > 0 && (mib == 0 || whole < mib) {
			return whole, true
		}
	}
	return mib, false
}
