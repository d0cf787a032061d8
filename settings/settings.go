// Package settings reads what the webhook goes by: the data of its ConfigMap. install reads them before it applies them, the
// server when they change, status and explain pod to tell what holds.
package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
	"github.com/kubectl-spark/kubectl-spark/spark/spelling"
)

// Settings are what the server goes by and what may change while it runs.
type Settings struct {
	rule.Options
	Shadow   bool   // no pod is changed: what would be is counted and said
	Revision string // of the data that they were read from; "" where there was none
}

// Parse gives the defaults as the data of a ConfigMap changes them. An error names the key, and in a text the line.
func Parse(defaults Settings, data map[string]string) (Settings, error) {
	s := defaults
	switch version, there := data[manifests.APIVersionKey]; {
	case !there:
		return defaults, fmt.Errorf("%s is missing: set it to %s", manifests.APIVersionKey, manifests.APIVersion)
	case version != manifests.APIVersion:
		return defaults, fmt.Errorf("%s %q: must be %s", manifests.APIVersionKey, version, manifests.APIVersion)
	}
	// In order, so that replicas name the same mistake.
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value := data[key]
		switch key {
		case manifests.APIVersionKey:
		case manifests.ProfileKey:
			p, ok := rule.ParseProfile(value)
			if !ok {
				return defaults, fmt.Errorf("%s %q: must be safe, standard or restricted", key, value)
			}
			s.Profile = p
		case manifests.ModeKey:
			if value != manifests.ModeInject && value != manifests.ModeShadow {
				return defaults, fmt.Errorf("%s %q: must be inject or shadow", key, value)
			}
			s.Shadow = value == manifests.ModeShadow
		case manifests.ImagesKey:
			images, err := catalogue.Parse([]byte(value))
			if err != nil {
				return defaults, fmt.Errorf("%s: %w", key, err)
			}
			s.Images = slices.Concat(images, s.Images)
		case manifests.LearnedKey:
			images, err := catalogue.Parse([]byte(value))
			if err != nil {
				return defaults, fmt.Errorf("%s: %w", key, err)
			}
			for i := range images {
				images[i].Learned = true
			}
			s.Images = slices.Concat(s.Images, images)
		default:
			return defaults, spelling.Unknown("key", key, manifests.APIVersionKey, manifests.ProfileKey, manifests.ModeKey, manifests.ImagesKey, manifests.LearnedKey)
		}
	}
	s.Revision = Revision(data)
	return s, nil
}

// Revision names the data of a ConfigMap: equal data have equal names.
func Revision(data map[string]string) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(data)) {
		fmt.Fprintf(&text, "%q %q\n", key, data[key])
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:6])
}
