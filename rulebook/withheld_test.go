package rulebook

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// silent are the rules that still pass without a word where a fact is not known. A rule that is mended leaves the list.
var silent = map[string]string{
	"Spark version": "P002 P003 P023 P045 P048 P050 P051 M006 M012 M013 M014 S006 S014 S018 S024 S025 S028",
	"image":         "P003 P006 P007 P017 P023 P035 P036 P044 P052 P056 S028 S029",
}

// TestWhatIsNotKnownIsNotPassed runs every case with a finding once more without a fact. The finding may go, but then the
// rule says that it was not checked.
func TestWhatIsNotKnownIsNotPassed(t *testing.T) {
	withheld := map[string]func(*rule.Input){
		"image": func(in *rule.Input) {
			rule.PutPart(&in.Facts, rule.FactImage, spark.Image{})
			for _, key := range []string{"spark.kubernetes.container.image", "spark.kubernetes.driver.container.image", "spark.kubernetes.executor.container.image"} {
				if setting, set := in.Conf[key]; set {
					setting.Value = "registry.example/team/job:1"
					in.Conf[key] = setting
				}
			}
		},
		"Java": func(in *rule.Input) {
			image, known := rule.Known(&in.Facts, rule.FactImage)
			if image.Java = 0; known {
				rule.Put(&in.Facts, rule.FactImage, image)
			}
		},
		"Spark version": func(in *rule.Input) {
			in.Identity.Version = spark.Version{}
			image, known := rule.Known(&in.Facts, rule.FactImage)
			if image.Spark = (spark.Version{}); known {
				rule.Put(&in.Facts, rule.FactImage, image)
			}
		},
	}
	passed := map[string]bool{}
	for _, r := range All() {
		if r.Area == rule.Image {
			continue // which image it is
		}
		set, err := rule.NewSet(Revision, r)
		if err != nil {
			t.Fatal(err)
		}
		archive, err := txtar.ParseFile(filepath.Join("testdata", strings.ToLower(strings.ReplaceAll(r.Code, "-", "_"))+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(archive.Files); i += 2 {
			var c input
			if err := yaml.UnmarshalStrict(archive.Files[i].Data, &c); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(archive.Files[i+1].Data), "finding") {
				continue
			}
			for fact, withhold := range withheld {
				in := c.prepare(t)
				withhold(&in)
				d := set.Diagnose(in)
				if len(d.Findings) > 0 || len(d.Skipped) > 0 {
					continue
				}
				passed[fact+r.Code] = true
				if !strings.Contains(silent[fact], r.Code[4:]) {
					t.Errorf("%s, %s: the %s is not known, the finding is gone, and nothing says that it was not checked", r.Code, archive.Files[i].Name, fact)
				}
			}
		}
	}
	for fact, codes := range silent {
		for _, code := range strings.Fields(codes) {
			if !passed[fact+"SPK-"+code] {
				t.Errorf("SPK-%s says that it was not checked without the %s: take it off the list", code, fact)
			}
		}
	}
}
