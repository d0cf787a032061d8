package integration

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-spark/kubectl-spark/installation"
)

// TestAnInterruptedInstallAsksNothingMore: nobody reads why replicas are not ready then.
func TestAnInterruptedInstallAsksNothingMore(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	var before, after atomic.Int64 // looks at pods
	reader := behindAFaultyProxy(t, s.cp, func(_ http.ResponseWriter, r *http.Request) bool {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/"+s.namespace+"/pods"):
		case ctx.Err() != nil:
			after.Add(1)
		default:
			before.Add(1)
		}
		return false
	})
	have, err := installation.Read(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	want := have.Options()
	want.Namespace, want.Image = s.namespace, "example.org/w:1"
	in := &installation.Run{Reader: reader, Manager: "test", Wait: true, Timeout: time.Minute, Have: have, Want: want, Waiting: func(string) { cancel() }}
	if err := in.Apply(ctx); !errors.Is(err, context.Canceled) || before.Load() == 0 || after.Load() > 0 {
		t.Errorf("pods were listed %d times before the interruption and %d times after it: %v", before.Load(), after.Load(), err)
	}
}
