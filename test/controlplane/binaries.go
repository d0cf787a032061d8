package controlplane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The programs that Binaries can build.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubectl           = "kubectl"
	Kwok              = "kwok"
)

// The programs that NodeBinaries builds.
const (
	Kubelet   = "kubelet"
	KubeProxy = "kube-proxy"
	CoreDNS   = "coredns"
)

// CacheEnv names the environment variable that moves the cache of built programs and downloads.
const CacheEnv = "KUBECTL_SPARK_CACHE"

// The programs that Monitoring builds. Debian's Prometheus is built without discovery in Kubernetes.
const (
	MetricsServer = "metrics-server"
	Prometheus    = "prometheus"
	Promtool      = "promtool"
)

// The programs that Logging builds.
const (
	Otelcol = "otelcol"
	Loki    = "loki"
)

// The program that SparkOperator builds.
const sparkOperator = "spark-operator"

// program says where a program comes from and what its first build costs, so that nobody thinks it hangs.
type program struct {
	name, pkg, module, cost string
	// tags leave parts of the program out.
	tags string
	// texts are files of its module, in order, that stand beside it in the cache as one; none for most.
	texts []string
}

// beside is where the texts stand.
func (p program) beside() string { return p.name + ".yaml" }

const kube = "k8s.io/kubernetes"

func programs() []program {
	return []program{
		{name: Etcd, pkg: "go.etcd.io/etcd/server/v3", module: "go.etcd.io/etcd/server/v3", cost: "about 1 minute"},
		{name: APIServer, pkg: kube + "/cmd/kube-apiserver", module: kube, cost: "about 5 minutes"},
		{name: ControllerManager, pkg: kube + "/cmd/kube-controller-manager", module: kube, cost: "about 1 minute"},
		{name: Scheduler, pkg: kube + "/cmd/kube-scheduler", module: kube, cost: "under 1 minute"},
		{name: Kubectl, pkg: kube + "/cmd/kubectl", module: kube, cost: "under 1 minute"},
		{name: Kwok, pkg: "sigs.k8s.io/kwok/cmd/kwok", module: "sigs.k8s.io/kwok", cost: "about 1 minute", texts: []string{ // its own rules for nodes and pods
			"kustomize/stage/node/fast/*-*.yaml", "kustomize/stage/node/heartbeat-with-lease/*-*.yaml", "kustomize/stage/pod/fast/*-*.yaml"}},
	}
}

// module is a folder of test/tools with the pins of foreign programs, and what is built from it. The version of main names its cache.
type module struct {
	folder, main string
	programs     []program
}

func controlPlaneModule() module { return module{"k8s", kube, programs()} }

func nodeModules() []module {
	const dns = "github.com/coredns/coredns"
	return []module{
		{"node", kube, []program{
			{name: Kubelet, pkg: kube + "/cmd/kubelet", module: kube, cost: "about 4 minutes"},
			{name: KubeProxy, pkg: kube + "/cmd/kube-proxy", module: kube, cost: "about 1 minute"},
		}},
		{"coredns", dns, []program{{name: CoreDNS, pkg: ".", module: dns, cost: "about 1 minute"}}},
	}
}

func sparkOperatorModule() module {
	const kubeflow = "github.com/kubeflow/spark-operator/v2"
	return module{"sparkoperator", kubeflow, []program{{name: sparkOperator, pkg: kubeflow + "/cmd/operator", module: kubeflow, cost: "about 3 minutes",
		texts: []string{"config/crd/bases/*.yaml", "config/webhook/manifests.yaml"}}}}
}

func objectStoresModule() module {
	const fake = "github.com/johannesboyne/gofakes3"
	return module{"objectstores", fake, []program{{name: "objectstores", pkg: ".", module: fake, cost: "under 1 minute"}}}
}

// Grafana builds the program that reads dashboards as Grafana's model of them, as Binaries does, and gives its path.
func Grafana(ctx context.Context, progress io.Writer) (string, error) {
	const model = "github.com/grafana/grafana-foundation-sdk/go"
	bin, err := module{"grafana", model, []program{{name: "grafana", pkg: ".", module: model, cost: "under 1 minute"}}}.binaries(ctx, progress)
	return bin.Path("grafana"), err
}

// ObjectStores builds the program that serves S3 in memory, as Binaries does, and gives its path.
func ObjectStores(ctx context.Context, progress io.Writer) (string, error) {
	bin, err := objectStoresModule().binaries(ctx, progress)
	return bin.Path("objectstores"), err
}

// Bin is a folder of built programs, outside the source tree.
type Bin struct {
	Dir        string // absolute
	Kubernetes string // version of the kube programs, as "v1.37.2"
}

// Path is where the named program stands.
func (b Bin) Path(name string) string { return filepath.Join(b.Dir, name) }

// CacheDir is the folder for everything that tests build or download: $KUBECTL_SPARK_CACHE, or kubectl-spark in the user's cache folder.
func CacheDir() (string, error) {
	if dir := os.Getenv(CacheEnv); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder for test programs: %w: set %s to a folder", err, CacheEnv)
	}
	return filepath.Join(dir, "kubectl-spark"), nil
}

// Binaries builds the named programs (none named: all) from the module in test/tools/k8s unless they stand in the cache, and says so on
// progress (nil: silent). The folder's name holds the version, the platform and a hash of the module's files, so a new pin is a new folder.
// Two processes may call it at once: the second waits for the first. It needs the go command and a working directory inside this module.
func Binaries(ctx context.Context, progress io.Writer, names ...string) (Bin, error) {
	return controlPlaneModule().binaries(ctx, progress, names...)
}

// NodeBinaries builds the programs of a real node, as Binaries does, and gives the path of each by its name.
func NodeBinaries(ctx context.Context, progress io.Writer) (map[string]string, error) {
	return build(ctx, progress, nodeModules()...)
}

// Monitoring builds the programs that measure and collect on a node, as Binaries does, and gives the path of each by its name.
func Monitoring(ctx context.Context, progress io.Writer) (map[string]string, error) {
	const server = "sigs.k8s.io/metrics-server"
	return build(ctx, progress, prometheusModule(),
		module{"metricsserver", server, []program{{name: MetricsServer, pkg: server + "/cmd/metrics-server", module: server, cost: "about 2 minutes"}}})
}

// Collector builds Prometheus and promtool, as Binaries does, and gives the path of each by its name.
func Collector(ctx context.Context, progress io.Writer) (map[string]string, error) {
	return build(ctx, progress, prometheusModule())
}

// Logging builds the OpenTelemetry Collector with the parts that manifests/logs uses, and Loki, as Binaries does, and gives the path of each
// by its name.
func Logging(ctx context.Context, progress io.Writer) (map[string]string, error) {
	const agent, store = "go.opentelemetry.io/collector/otelcol", "github.com/grafana/loki/v3"
	return build(ctx, progress, module{"otelcol", agent, []program{{name: Otelcol, pkg: ".", module: agent, cost: "about 1 minute"}}},
		module{"loki", store, []program{{name: Loki, pkg: store + "/cmd/loki", module: store, cost: "about 2 minutes"}}})
}

func prometheusModule() module {
	const collector = "github.com/prometheus/prometheus"
	const tags = "remove_all_sd,enable_kubernetes_sd" // none of the clouds' discoveries, which take minutes to build
	return module{"prometheus", collector, []program{
		{name: Prometheus, pkg: collector + "/cmd/prometheus", module: collector, tags: tags, cost: "about 3 minutes"},
		{name: Promtool, pkg: collector + "/cmd/promtool", module: collector, tags: tags, cost: "under 1 minute"},
	}}
}

func build(ctx context.Context, progress io.Writer, modules ...module) (map[string]string, error) {
	paths := map[string]string{}
	for _, m := range modules {
		bin, err := m.binaries(ctx, progress)
		if err != nil {
			return nil, err
		}
		for _, p := range m.programs {
			paths[p.name] = bin.Path(p.name)
		}
	}
	return paths, nil
}

// SparkOperator builds Kubeflow's operator for Spark, as Binaries does, and gives its path and that of a file with its own definitions of
// resources and registrations of webhooks.
func SparkOperator(ctx context.Context, progress io.Writer) (program, manifests string, err error) {
	m := sparkOperatorModule()
	bin, err := m.binaries(ctx, progress)
	return bin.Path(sparkOperator), bin.Path(m.programs[0].beside()), err
}

func (m module) binaries(ctx context.Context, progress io.Writer, names ...string) (Bin, error) {
	if progress == nil {
		progress = io.Discard
	}
	root, err := moduleRoot()
	if err != nil {
		return Bin{}, err
	}
	source := filepath.Join(root, "test", "tools", m.folder)
	pins, sum, err := m.readPins(source)
	if err != nil {
		return Bin{}, err
	}
	cache, err := CacheDir()
	if err != nil {
		return Bin{}, err
	}
	version := pins[m.main]
	bin := Bin{Kubernetes: version, Dir: filepath.Join(cache, fmt.Sprintf("%s-%s-%s-%s-%s", m.folder, version, runtime.GOOS, runtime.GOARCH, sum))}
	var missing []program
	for _, p := range m.programs {
		if (len(names) == 0 || slices.Contains(names, p.name)) && !bin.has(p) {
			missing = append(missing, p)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(m.programs, func(p program) bool { return p.name == name }) {
			return Bin{}, fmt.Errorf("no test program %q is known", name)
		}
	}
	if len(missing) == 0 {
		return bin, nil
	}
	if err := os.MkdirAll(bin.Dir, 0o755); err != nil {
		return Bin{}, fmt.Errorf("cache of test programs: %w", err)
	}
	unlock, err := lockFile(ctx, bin.Path(".lock"), func() {
		fmt.Fprintf(progress, "waiting for another process that builds %s\n", bin.Dir)
	})
	if err != nil {
		return Bin{}, fmt.Errorf("lock of the cache of test programs: %w", err)
	}
	defer unlock()
	for _, p := range missing {
		if bin.has(p) { // built while this process waited
			continue
		}
		if err := bin.build(ctx, progress, source, p, pins[p.module]); err != nil {
			return Bin{}, err
		}
	}
	return bin, nil
}

func (b Bin) has(p program) bool {
	_, err := os.Stat(b.Path(p.name))
	if err == nil && p.texts != nil {
		_, err = os.Stat(b.Path(p.beside()))
	}
	return err == nil
}

// build makes one program under a temporary name and renames it, so that a file with the final name is always whole.
func (b Bin) build(ctx context.Context, progress io.Writer, source string, p program, version string) error {
	fmt.Fprintf(progress, "building %s %s (first use, %s on 2 cores) ... ", p.name, version, p.cost)
	start := time.Now()
	// Without these stamps the kube programs report v0.0.0-master+$Format:%H$, which no client can parse.
	stamp := "-s -w -X k8s.io/component-base/version.gitVersion=" + b.Kubernetes + " -X k8s.io/client-go/pkg/version.gitVersion=" + b.Kubernetes
	temporary := b.Path("." + p.name + ".part")
	out, err := goCommand(ctx, source, "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-tags", p.tags, "-ldflags", stamp, "-o", temporary, p.pkg)
	if err == nil && p.texts != nil {
		err = b.copyTexts(ctx, source, p)
	}
	if err == nil {
		err = os.Rename(temporary, b.Path(p.name))
	}
	if err != nil {
		fmt.Fprintln(progress, "failed")
		return fmt.Errorf("build %s %s: %w\n%s", p.name, version, err, tail(out, 20))
	}
	fmt.Fprintln(progress, time.Since(start).Round(100*time.Millisecond))
	return nil
}

// copyTexts joins the files that a program's module ships into one.
func (b Bin) copyTexts(ctx context.Context, source string, p program) error {
	out, err := goCommand(ctx, source, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", p.module)
	if err != nil {
		return fmt.Errorf("find the module %s: %w: %s", p.module, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	var all bytes.Buffer
	for _, pattern := range p.texts {
		files, err := filepath.Glob(filepath.Join(lines[len(lines)-1], filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("the module %s has no %s", p.module, pattern)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			all.WriteString("---\n")
			all.Write(data)
			all.WriteString("\n")
		}
	}
	return os.WriteFile(b.Path(p.beside()), all.Bytes(), 0o644)
}

// goCommand runs the go command for this machine's platform, whatever the environment says about cross-building and workspaces.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%w: the go command builds the test control plane, put it on PATH", err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "PWD="+dir)
	own(cmd)
	cmd.Cancel = func() error { return signalGroup(cmd.Process, os.Kill) }
	cmd.WaitDelay = 5 * time.Second
	runtime.LockOSThread() // see attributes: the child lives as long as this thread
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}

// moduleRoot walks up from the working directory to the go.mod of the product; nested tool modules on the way are passed by.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(data, []byte("module github.com/kubectl-spark/kubectl-spark\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%q is not inside a checkout of kubectl-spark: the test control plane is built from its test/tools", start)
		}
	}
}

// readPins gives the versions that the tool module requires and a short hash of its files.
func (m module) readPins(source string) (map[string]string, string, error) {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	sum, err2 := os.ReadFile(filepath.Join(source, "go.sum"))
	if err := errors.Join(err, err2); err != nil {
		return nil, "", fmt.Errorf("read the pins of the test programs: %w", err)
	}
	pins := map[string]string{}
	for line := range strings.Lines(string(mod)) {
		line = strings.TrimPrefix(line, "require ")
		if f := strings.Fields(line); len(f) == 2 && strings.HasPrefix(f[1], "v") {
			pins[f[0]] = f[1]
		}
	}
	for _, p := range m.programs {
		if pins[p.module] == "" {
			return nil, "", fmt.Errorf("%s does not require %s", filepath.Join(source, "go.mod"), p.module)
		}
	}
	h := sha256.New()
	h.Write(mod)
	h.Write(sum)
	return pins, hex.EncodeToString(h.Sum(nil))[:12], nil
}

// tail is the last n lines.
func tail(data []byte, n int) []byte {
	lines := bytes.Split(bytes.TrimRight(data, "\n"), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-n):], []byte("\n"))
}
