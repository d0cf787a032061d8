package settings_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/catalogue"
)

func TestWhatInstallWritesIsUnderstood(t *testing.T) {
	data := map[string]string{"apiVersion": manifests.APIVersion, "profile": "safe", "mode": "shadow", "images": "- match: a\n"}
	s, err := settings.Parse(settings.Settings{Options: rule.Options{Images: spark.Catalogue{{Match: "b"}}}}, data)
	if err != nil || s.Profile != rule.Safe || !s.Shadow || len(s.Images) != 2 || s.Images[0].Match != "a" || s.Revision != settings.Revision(data) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestAMistakeIsNamedWithItsPlace, and with what was most likely meant.
func TestAMistakeIsNamedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"profil", "safe", `unknown key "profil": did you mean profile?`},
		{"apiversion", "x", `unknown key "apiversion": did you mean apiVersion?`},
		{"replicas", "3", `unknown key "replicas": there are apiVersion, profile, mode, images`},
		{"apiVersion", "kubectl-spark.io/v2", `apiVersion "kubectl-spark.io/v2": must be kubectl-spark.io/v1alpha1`},
		{"profile", "Safe", `profile "Safe": must be safe, standard or restricted`},
		{"mode", "injekt", `mode "injekt": must be inject or shadow`},
		{"images", "# of ours\n- match: a\n  uuid: 7\n", `images: line 3: unknown field "uuid": did you mean uid?`},
		{"images", "- match: a\n  uid: 7\n- match: b\n  uid: root\n", `images: line 4: uid "root": `},
		{"images", "- match: a\n  java: [17]\n", `images: line 2: java must be one value`},
		{"images", "- match: a\n- uid: 1\n", `images: line 2: match is missing`},
		{"images", "- match: a\n  uid: -1\n", `images: line 1: uid -1: must be between`},
		{"images", "image:\n- match: a\n", `images: line 1: unknown field "image": did you mean images?`},
		{"images", "- match: a\n---\n- match: b\n", `images: holds more than one document`},
		{"images", "- match: a\n  match: b\n", `images: line 2: match is there twice`},
		{"images", "- match: &a x\n- *a\n", `images: line 2: must be an image`},
		{"images", "- match: [", `images: line 1: `},
		{"images", "x", `images: line 1: must be a list of images`},
	} {
		data := map[string]string{"apiVersion": manifests.APIVersion, c.key: c.value}
		if s, err := settings.Parse(settings.Settings{}, data); err == nil || !strings.HasPrefix(err.Error(), c.want) || s.Revision != "" {
			t.Errorf("%s %q: %v, want %s", c.key, c.value, err, c.want)
		}
	}
	if _, err := settings.Parse(settings.Settings{}, map[string]string{"mode": "inject"}); err == nil || !strings.Contains(err.Error(), "apiVersion is missing: set it to kubectl-spark.io/v1alpha1") {
		t.Errorf("without apiVersion: %v", err)
	}
}

func TestImagesAreAListOrAMappingWithOne(t *testing.T) {
	list := "- match: example.org/a\n  uid: 7\n"
	for text, want := range map[string]int{"": 0, "# nothing\n": 0, "[]": 0, "null": 0, list: 1, "# by name\nimages:\n" + list: 1, "images:\n": 0} {
		if got, err := catalogue.Parse([]byte(text)); err != nil || len(got) != want || want > 0 && (got[0].Match != "example.org/a" || *got[0].UID != 7) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	whole := "- {match: a, uid: 7, passwd: true, java: 17, spark: 3.5.6, entrypoint: spark, libc: glibc}"
	if got, err := catalogue.Parse([]byte(whole)); err != nil || got[0].Java != 17 || !*got[0].Passwd || got[0].Spark.String() != "3.5.6" || got[0].Libc != "glibc" || got[0].Entrypoint != "spark" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheRevisionIsThatOfTheData(t *testing.T) {
	a := map[string]string{"x": "1", "y": "2"}
	if settings.Revision(a) != settings.Revision(maps.Clone(a)) || settings.Revision(a) == settings.Revision(map[string]string{"x": "1"}) || settings.Revision(map[string]string{"x": "1\ny"}) == settings.Revision(a) {
		t.Error("revisions do not tell data apart")
	}
}
