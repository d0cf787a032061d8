package installation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/cluster"
	"github.com/kubectl-spark/kubectl-spark/manifests"
)

// checkRights names all rights that applying the objects takes and this account lacks. An account that may do everything
// costs one call.
func (in *Run) checkRights(ctx context.Context, objects []manifests.Object) error {
	if all, err := in.Reader.May(ctx, cluster.Right{Verb: "*", Group: "*", Resource: "*"}); err != nil || all {
		return err
	}
	verbs := []string{"get", "patch"}
	if !in.Have.Installed() {
		verbs = append(verbs, "create")
	}
	lacking := map[string][]string{} // kinds of the cluster, and of the namespace
	for _, object := range objects {
		kind := object.GetObjectKind().GroupVersionKind()
		for _, verb := range verbs {
			right := cluster.RightTo(verb, kind.GroupVersion().String(), kind.Kind, object.GetNamespace(), object.GetName())
			if has, err := in.Reader.May(ctx, right); err != nil {
				return err
			} else if !has && !slices.Contains(lacking[right.Namespace], right.Of()) {
				lacking[right.Namespace] = append(lacking[right.Namespace], right.Of())
			}
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	text := ""
	for _, namespace := range slices.Sorted(maps.Keys(lacking)) {
		where := "in the cluster"
		if namespace != "" {
			where = "in namespace " + namespace
		}
		text += fmt.Sprintf("; %s %s: %s", strings.Join(verbs, ","), where, strings.Join(lacking[namespace], ", "))
	}
	return fmt.Errorf("your account cannot install the webhook: ask a cluster administrator to run install, or for these rights%s; nothing was changed", text)
}

// checkServer refuses settings that an outside server does not read: it would go on as it was started.
func (in *Run) checkServer(ctx context.Context) error {
	had := in.Have.Options()
	if in.Want.URL == "" || had.URL != in.Want.URL || had.Paused || in.Want.Paused || had.Shadow == in.Want.Shadow && !in.ProfileGiven {
		return nil
	}
	p, err := Prove(ctx, in.Reader, had)
	if err != nil || p.Replica == nil || p.Replica.Settings != "" {
		return err
	}
	switch {
	case (p.Replica.Mode == manifests.ModeShadow) != in.Want.Shadow:
		return fmt.Errorf("%s; nothing was changed", in.outsideServer())
	case in.ignoresProfile(&p):
		return fmt.Errorf("%s; nothing was changed", in.outsideProfile(&p))
	}
	return nil
}

// outsideServer says that an outside server goes by its own flags.
func (in *Run) outsideServer() string {
	return fmt.Sprintf("the server at %s reads no settings of this cluster, so install cannot set its mode: restart it with --shadow=%v", in.Want.URL, in.Want.Shadow)
}

// outsideProfile says so of the profile.
func (in *Run) outsideProfile(p *Proof) string {
	return fmt.Sprintf("the server at %s runs profile %s and reads no settings of this cluster, so install cannot set its profile: restart it with --profile=%s", in.Want.URL, p.Replica.Profile, in.Want.Profile)
}

// ignoresProfile says that an outside server goes by a profile of its own, and this run asks for another one. What the cluster has of
// it does not count: the server does not read it.
func (in *Run) ignoresProfile(p *Proof) bool {
	return in.Want.URL != "" && in.ProfileGiven && p.Replica != nil && p.Replica.Settings == "" && p.Replica.Profile != in.Want.Profile
}
