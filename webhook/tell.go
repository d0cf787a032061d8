package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-spark/kubectl-spark/manifests"
)

const (
	tellState  = time.Second      // a change of settings is told that soon
	tellReady  = 5 * time.Second  // readiness is looked at that often, as the kubelet does, and at every turn until it has come
	tellEvery  = 10 * time.Second // counts are written at most once in that time
	tellAlways = time.Minute      // a replica that is not heard of for a few of these is gone
	forget     = time.Hour        // others' lines are removed then
)

// Tell writes what this replica is and did into the ConfigMap of all replicas, until the context ends: where
// something has changed, and every minute. Where install has made no such ConfigMap it tells nobody.
type Tell struct {
	Client    API
	Namespace string
	Who       *Who
	Handler   *Handler
	Metrics   *Metrics
	Problem   func() error                // what is wrong with the settings; nil: nothing ever
	Limits    func() error                // what keeps ResourceQuotas and LimitRanges from being read; nil: nothing ever
	Ready     func(context.Context) error // why the replica is not ready; nil: it always is
	Log       *slog.Logger
}

// Run tells until the context ends.
func (t *Tell) Run(ctx context.Context) {
	tick := time.NewTicker(tellState)
	defer tick.Stop()
	var state, last string
	var asked, looked, written time.Time
	var notReady error
	for {
		now := time.Now()
		if t.Ready != nil && (notReady != nil || now.Sub(asked) >= tellReady) {
			asked, notReady = now, t.Ready(ctx)
		}
		record := t.state(notReady)
		if text := record.Encode(); text != state || now.Sub(looked) >= tellEvery {
			state, looked = text, now
			t.Metrics.fill(&record)
			if text = record.Encode(); text != last || now.Sub(written) >= tellAlways {
				record.Seen = now.UTC().Truncate(time.Second)
				err := t.write(ctx, record.Encode(), now)
				switch {
				case err == nil:
					last, written = text, now
				case ctx.Err() == nil && !apierrors.IsNotFound(err):
					t.Log.Warn("the replica's own status was not written", "error", err)
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// state is what the replica says of itself, without counts.
func (t *Tell) state(notReady error) manifests.Replica {
	s := t.Handler.settings.Load()
	r := manifests.Replica{Version: t.Who.Version, Revision: t.Who.Revision, Settings: s.Revision, Profile: string(s.Profile), Mode: mode(s.Shadow), Ready: true,
		Started: t.Who.Started.UTC().Truncate(time.Second), Certificate: t.Who.notAfter()}
	if t.Problem != nil {
		if err := t.Problem(); err != nil {
			r.Config = err.Error()
		}
	}
	if t.Limits != nil {
		if err := t.Limits(); err != nil {
			r.Limits = cut(err.Error())
		}
	}
	if notReady != nil {
		r.Ready, r.NotReady = false, cut(notReady.Error())
	}
	return r
}

// write sets this replica's key, and takes out those of replicas that are long gone.
func (t *Tell) write(ctx context.Context, text string, now time.Time) error {
	api := t.Client.CoreV1().ConfigMaps(t.Namespace)
	have, err := api.Get(ctx, manifests.StatusName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	data := map[string]any{t.Who.Replica: text}
	for name, value := range have.Data {
		var other manifests.Replica
		if err := json.Unmarshal([]byte(value), &other); name != t.Who.Replica && (err != nil || now.Sub(other.Seen) > forget) {
			data[name] = nil
		}
	}
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return fmt.Errorf("write the replica's status: %w", err)
	}
	_, err = api.Patch(ctx, manifests.StatusName, types.MergePatchType, body, metav1.PatchOptions{FieldManager: manifests.CertsManager})
	return err
}

// fill reads the counters.
func (m *Metrics) fill(r *manifests.Replica) {
	families, err := m.registry.Gather()
	if err != nil {
		return // counters of fixed names always gather
	}
	for _, f := range families {
		var into *map[string]int64
		var labels []string
		switch f.GetName() {
		case "kubectl_spark_webhook_requests_total":
			into, labels = &r.Results, []string{"result"}
		case "kubectl_spark_webhook_edits_total":
			into, labels = &r.Edits, []string{"code"}
		case "kubectl_spark_webhook_shadow_edits_total":
			into, labels = &r.ShadowEdits, []string{"code"}
		case "kubectl_spark_webhook_refusals_total":
			into, labels = &r.Refusals, []string{"code", "reason"}
		default:
			continue
		}
		for _, metric := range f.GetMetric() {
			key := ""
			for _, name := range labels {
				for _, l := range metric.GetLabel() {
					if l.GetName() == name && key != "" {
						key += " "
					}
					if l.GetName() == name {
						key += l.GetValue()
					}
				}
			}
			if n := int64(metric.GetCounter().GetValue()); n > 0 {
				if *into == nil {
					*into = map[string]int64{}
				}
				(*into)[key] += n
			}
		}
	}
}
