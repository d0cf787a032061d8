package image

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/image/model"
	life "github.com/kubectl-spark/kubectl-spark/life/model"
	pages "github.com/kubectl-spark/kubectl-spark/report/image"
)

// running are the digests that pods run, as their status has them.
func (u *used) running(ctx context.Context, reader *cluster.Reader, namespace string) error {
	by := map[string]*pages.Listed{}
	for _, one := range u.images {
		by[one.Reference] = one
	}
	gap, err := reader.List(ctx, "v1", "Pod", cluster.Scope{Namespace: namespace}, func(raw []byte) error {
		var pod corev1.Pod
		if err := json.Unmarshal(raw, &pod); err != nil {
			return err
		}
		images := map[string]string{}
		for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
			images[c.Name] = c.Image
		}
		seen := map[string]bool{}
		for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			one, digest := by[images[c.Name]], model.Digest(c.ImageID)
			if one == nil || digest == "" || seen[one.Reference+digest] {
				continue
			}
			seen[one.Reference+digest] = true
			one.Runs(digest)
		}
		return nil
	})
	if gap != nil {
		u.notes = append(u.notes, "list pods "+gap.Reason()+": the digests that run are unknown (grant: "+gap.Grant()+")")
	}
	return err
}

// pulled are the pulls that Events tell of.
func (u *used) pulled(ctx context.Context, reader *cluster.Reader, namespace string) error {
	events := life.NewEvents()
	gap, err := reader.Pulls(ctx, namespace, events)
	if err != nil {
		return err
	}
	if gap != nil {
		u.notes = append(u.notes, "list events "+gap.Reason()+": the time of pulls is unknown (grant: "+gap.Grant()+")")
		if len(events.Pulls(func(*life.Pull) bool { return true })) == 0 {
			return nil
		}
	}
	for _, one := range u.images {
		one.Pulls = &pages.Pulls{}
		for _, p := range events.Pulls(func(p *life.Pull) bool { return p.Image == one.Reference }) { // the longest first
			one.Pulls.Times++
			one.Pulls.Longest = max(one.Pulls.Longest, p.Waited.Round(time.Millisecond).Seconds())
			one.Pulls.Shortest = p.Waited.Round(time.Millisecond).Seconds()
			one.Pulls.Bytes = max(one.Pulls.Bytes, p.Bytes)
		}
	}
	return nil
}

// layersOf are the digests of layers, each once.
func layersOf(layers []model.Layer) (all []string) {
	for _, l := range layers {
		if !slices.Contains(all, l.Digest) {
			all = append(all, l.Digest)
		}
	}
	return all
}

// share says of images that were read which bytes of their layers others have too. A registry's layer has one digest in all images.
func (u *used) share() {
	images := map[string]int{} // that have a layer
	for _, got := range u.done {
		for _, digest := range layersOf(got.Layers) {
			images[digest]++
		}
	}
	for one, got := range u.done {
		one.Shared, one.Added = 0, 0
		seen := map[string]bool{}
		for _, l := range got.Layers {
			switch {
			case seen[l.Digest]:
			case images[l.Digest] > 1:
				one.Shared += l.Compressed
			default:
				one.Added += l.Compressed
			}
			seen[l.Digest] = true
		}
	}
}

// moved says of images that were read whether pods run what their tag has now. One that has variants is known by the digest of each.
func (u *used) moved() {
	for one, got := range u.done {
		for i := range one.Running {
			one.Running[i].Now = slices.Contains(append([]string{got.Digest}, got.Variants...), one.Running[i].Digest)
		}
	}
}
