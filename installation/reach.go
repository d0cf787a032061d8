package installation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// apiServers finds the addresses of the API server, as CIDRs in order: those that the Service kubernetes leads to. The gap
// says why they are not known; none without one means that the cluster names none.
func apiServers(ctx context.Context, reader *cluster.Reader) (cidrs []string, gap *cluster.Gap, err error) {
	scope := cluster.Scope{Namespace: metav1.NamespaceDefault, Selector: discoveryv1.LabelServiceName + "=kubernetes"}
	gap, err = reader.List(ctx, "discovery.k8s.io/v1", "EndpointSlice", scope, func(raw []byte) error {
		var slice discoveryv1.EndpointSlice
		if err := json.Unmarshal(raw, &slice); err != nil {
			return err
		}
		for _, endpoint := range slice.Endpoints {
			for _, text := range endpoint.Addresses {
				if address, err := netip.ParseAddr(text); err == nil {
					cidrs = append(cidrs, netip.PrefixFrom(address, address.BitLen()).String())
				}
			}
		}
		return nil
	})
	slices.Sort(cidrs)
	return slices.Compact(cidrs), gap, err
}

// lookForAPIServer completes the sources of the NetworkPolicy, unless a user has given them.
func (in *Run) lookForAPIServer(ctx context.Context) error {
	if in.Want.URL != "" || in.Want.APIServerGiven {
		return nil
	}
	found, gap, err := apiServers(ctx, in.Reader)
	if gap == nil { // else what an installer with more rights found stays
		in.Want.APIServer = found
	}
	return err
}

// reach says what is wrong with who may connect. Addresses of the API server change when its nodes are replaced.
func (l *Inspection) reach(ctx context.Context, o manifests.Options) error {
	if l.Have.NetworkPolicy == nil || o.APIServerGiven || o.APIServer == nil {
		return nil
	}
	found, gap, err := apiServers(ctx, l.Reader)
	if gap != nil {
		l.gap(gap)
	}
	if err != nil || gap != nil {
		return err
	}
	if !slices.Equal(found, o.APIServer) {
		l.problem("%s: the API server is at %s now; run %s", callers(o), strings.Join(found, ", "), l.Command("install"))
	}
	return nil
}

func callers(o manifests.Options) string {
	return fmt.Sprintf("NetworkPolicy/%s lets only %s call the webhook", manifests.ServiceName, FirstNames(o.APIServer))
}
