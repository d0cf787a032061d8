package configmap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// TestConfigMapsAreReadUpToABoundAndTheRestIsNamed; a namespace that refuses is asked once.
func TestConfigMapsAreReadUpToABoundAndTheRestIsNamed(t *testing.T) {
	var asked []string
	var one sync.Mutex
	read := Read(func(_ context.Context, namespace, name string) ([]byte, *cluster.Gap) {
		one.Lock()
		defer one.Unlock()
		asked = append(asked, namespace+"/"+name)
		switch namespace {
		case "closed":
			return nil, &cluster.Gap{Verb: "get", Resource: "configmaps", Namespace: namespace, Err: errors.New("no")}
		case "gone":
			return nil, nil
		}
		return []byte(name), nil
	})
	refs := []workload.Ref{{Namespace: "closed", Name: "a"}, {Namespace: "closed", Name: "b"}, {Namespace: "gone", Name: "c"}}
	for i := range 5 {
		refs = append(refs, workload.Ref{Namespace: "open", Name: fmt.Sprint(i)})
	}
	var seen []string
	gaps, err := NewReader(read).All(t.Context(), refs, 4, func(ref workload.Ref, raw []byte) error {
		seen = append(seen, ref.Name+"="+string(raw))
		return nil
	})
	slices.Sort(asked) // some are asked for together
	if err != nil || !slices.Equal(asked, []string{"closed/a", "gone/c", "open/0", "open/1"}) || !slices.Equal(seen, []string{"c=", "0=0", "1=1"}) {
		t.Errorf("asked %q, seen %q, %v", asked, seen, err)
	}
	if len(gaps) != 2 || gaps[0].Namespace != "closed" || !strings.Contains(gaps[1].Reason(), "4 of 7 were read") || gaps[1].Grant() != "" {
		t.Errorf("gaps %+v", gaps)
	}
	if gaps, err := NewReader(read).All(t.Context(), refs[3:7], 4, func(workload.Ref, []byte) error { return nil }); err != nil || len(gaps) > 0 {
		t.Errorf("as many as the bound: %+v, %v", gaps, err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := NewReader(read).All(stopped, refs, 4, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
