package installation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
)

// ReadImage is what was read of an image.
type ReadImage struct {
	Reference string // as pods name it
	Digest    string // of what a registry has for it now
	Facts     spark.Image
}

// maxLearned bounds the entries of the settings: every pod is compared with all of them.
const maxLearned = 500

// Learned is the text of the settings' key for what was read, beside what was learned before of other images. An image has an entry by
// its tag and one by its digest. What all images of a repository share, as far as there are two, has an entry for every tag. left is how many
// entries of before had no room.
func Learned(before string, read []ReadImage) (text string, left int, err error) {
	var all, repositories []spark.Image
	seen := map[string]bool{}
	put := func(list *[]spark.Image, match string, facts spark.Image) {
		if !seen[match] && !empty(facts) {
			seen[match] = true
			*list = append(*list, facts)
		}
	}
	add := func(list *[]spark.Image, match string, facts spark.Image) {
		facts.Match, facts.Learned = match, false
		put(list, match, facts.Seal())
	}
	shared := map[string][]ReadImage{}
	for _, r := range read {
		ref, ok := spark.ParseReference(r.Reference)
		if !ok {
			continue
		}
		name := strings.TrimPrefix(ref.Repository, "docker.io/")
		switch {
		case ref.Digest != "":
			add(&all, name+"@"+ref.Digest, r.Facts)
		case ref.Tag != "":
			add(&all, name+":"+ref.Tag, r.Facts)
		default:
			add(&all, name+":latest", r.Facts)
		}
		if r.Digest != "" {
			add(&all, name+"@"+r.Digest, r.Facts)
		}
		if !slices.ContainsFunc(shared[name], func(other ReadImage) bool { return other.Digest == r.Digest }) {
			shared[name] = append(shared[name], r)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(shared)) {
		if list := shared[name]; len(list) > 1 {
			add(&repositories, name, common(list))
		}
	}
	old, err := catalogue.Parse([]byte(before))
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w: remove the key, and run the command again", manifests.LearnedKey, err)
	}
	for _, o := range old {
		list := &all
		if !o.Single() {
			list = &repositories
		}
		o.Learned = false
		put(list, o.Match, o) // with its sum: what was changed by hand stays known as such
	}
	slices.SortStableFunc(all, func(a, b spark.Image) int { return strings.Compare(a.Match, b.Match) })
	slices.SortStableFunc(repositories, func(a, b spark.Image) int { return strings.Compare(a.Match, b.Match) })
	all = append(all, repositories...) // the most exact first
	if len(all) > maxLearned {
		left, all = len(all)-maxLearned, all[:maxLearned]
	}
	raw, err := yaml.Marshal(all)
	return string(raw), left, err
}

func empty(facts spark.Image) bool {
	facts.Match, facts.Sum = "", ""
	return facts == spark.Image{}
}

// common is what images share of their user, entrypoint and C library. Their versions, and the names of their jars, may be others in the
// next tag.
func common(list []ReadImage) spark.Image {
	out := list[0].Facts
	out.Java, out.Spark, out.JMXExporter = 0, spark.Version{}, ""
	for _, r := range list[1:] {
		if f := r.Facts; out.UID == nil || f.UID == nil || *f.UID != *out.UID {
			out.UID, out.Passwd = nil, nil
		} else if out.Passwd == nil || f.Passwd == nil || *f.Passwd != *out.Passwd {
			out.Passwd = nil
		}
		if r.Facts.Entrypoint != out.Entrypoint {
			out.Entrypoint = ""
		}
		if r.Facts.Libc != out.Libc {
			out.Libc = ""
		}
		if r.Facts.Arch != out.Arch {
			out.Arch = ""
		}
	}
	return out
}

// WriteLearned writes the key into the ConfigMap, as it was read: where somebody has changed it since, nothing is written. The settings must
// be such that every replica takes them.
func WriteLearned(ctx context.Context, reader *cluster.Reader, have *Live, text string, dryRun bool) error {
	if have.Config == nil {
		return fmt.Errorf("there is no ConfigMap/%s: the webhook is not installed; nothing was written", manifests.ConfigName)
	}
	data := maps.Clone(have.Config.Data)
	data[manifests.LearnedKey] = text
	if _, err := settings.Parse(settings.Settings{}, data); err != nil {
		return fmt.Errorf("ConfigMap/%s: %w; nothing was written", manifests.ConfigName, err)
	}
	object, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": manifests.ConfigName, "namespace": have.Namespace(), "resourceVersion": have.Config.ResourceVersion},
		"data":     map[string]string{manifests.LearnedKey: text}})
	if err != nil {
		return err
	}
	_, err = reader.Apply(ctx, cluster.Path("v1", "ConfigMap", have.Namespace()), manifests.ConfigName, object, cluster.ApplyOptions{Manager: manifests.LearnManager, DryRun: dryRun})
	var conflict *cluster.ConflictError
	switch {
	case errors.As(err, &conflict):
		return fmt.Errorf("%w: remove the key, and run the command again; nothing was written", err)
	case apierrors.IsConflict(err):
		return fmt.Errorf("ConfigMap/%s was changed while images were read: run the command again; nothing was written", manifests.ConfigName)
	case err != nil:
		return fmt.Errorf("%w; nothing was written", err)
	}
	return nil
}
