// Package companions holds the manifests of the objects that fix creates beside workloads, as YAML files that are embedded. Rules complete
// them with [companion.Object.Set]. Start reading at [New].
package companions

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"github.com/kubectl-spark/kubectl-spark/rule/companion"
)

//go:embed *.yaml
var files embed.FS

// The manifests.
const (
	DriverMonitor = "podmonitor-drivers.yaml"
	ServerMonitor = "podmonitor-server.yaml"
	// ServerServiceMonitor is for a server behind a Service.
	ServerServiceMonitor = "servicemonitor-server.yaml"

	HistoryServer  = "history-server.yaml"
	HistoryService = "history-service.yaml"
	HistoryAccount = "history-account.yaml"

	PolicyIngress = "networkpolicy-ingress.yaml"
	PolicyEgress  = "networkpolicy-egress.yaml"
	PolicyTarget  = "networkpolicy-target.yaml"
	PolicyDeny    = "networkpolicy-deny.yaml"

	DriverRole      = "role-driver.yaml"
	DriverBinding   = "rolebinding-driver.yaml"
	ExecutorAccount = "serviceaccount-executor.yaml"
	DriverAccount   = "serviceaccount-driver.yaml"
)

// New is the object of a manifest, for one workload or for several.
func New(file string) *companion.Object {
	text, err := files.ReadFile(file)
	if err == nil {
		var o *companion.Object
		if o, err = companion.Read(text); err == nil {
			return o
		}
	}
	panic(fmt.Sprintf("%s: %v", file, err)) // TestEveryManifestIsRead
}

// Scrapers are the values of the label app.kubernetes.io/name by which policies know the pods that read metrics: Prometheus and its kin, as
// their own charts and operators write them.
func Scrapers() []string {
	return []string{"prometheus", "prometheus-agent", "vmagent", "vmsingle", "opentelemetry-collector", "alloy", "grafana-agent"}
}

// Kind is a kind of which there are companions.
type Kind struct{ APIVersion, Kind string }

// Kinds lists the kinds of the manifests, each once.
func Kinds() (kinds []Kind) {
	names, _ := fs.Glob(files, "*.yaml")
	for _, name := range names {
		o := New(name)
		if one := (Kind{o.APIVersion, o.Kind}); !slices.Contains(kinds, one) {
			kinds = append(kinds, one)
		}
	}
	return kinds
}
