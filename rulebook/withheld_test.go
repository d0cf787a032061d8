package rulebook

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	logged "github.com/kubectl-spark/kubectl-spark/eventlog/model"
	imagemodel "github.com/kubectl-spark/kubectl-spark/image/model"
	"github.com/kubectl-spark/kubectl-spark/life/model"
	"github.com/kubectl-spark/kubectl-spark/neighbour"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/workload/crd"
)

// withheld is a fact that a case is run without.
type withheld struct {
	name string
	key  rule.Key // nil: no rule declares it
	from func(*rule.Input)
	// has says whether a case knows it; nil: each does.
	has func(*rule.Input) bool
	// silent are the rules that may pass without a word, and why.
	silent map[string]string
}

// gone forgets a fact.
func gone[T any](key *rule.Fact[T], silent map[string]string) withheld {
	return withheld{key.String(), key, func(in *rule.Input) {
		var none T
		rule.PutPart(&in.Facts, key, none)
	}, func(in *rule.Input) bool {
		_, known := rule.Known(&in.Facts, key)
		return known
	}, silent}
}

var facts = []withheld{
	{"the Spark version", nil, func(in *rule.Input) {
		in.Identity.Version = spark.Version{}
		image, known := rule.Known(&in.Facts, rule.FactImage)
		if image.Spark = (spark.Version{}); known {
			rule.Put(&in.Facts, rule.FactImage, image)
		}
	}, nil, nil},
	{"Java", nil, func(in *rule.Input) {
		image, known := rule.Known(&in.Facts, rule.FactImage)
		if image.Java = 0; known {
			rule.Put(&in.Facts, rule.FactImage, image)
		}
	}, nil, nil},
	{"the image that the configuration names", nil, func(in *rule.Input) {
		rule.PutPart(&in.Facts, rule.FactImage, spark.Image{})
		for _, key := range []string{"spark.kubernetes.container.image", "spark.kubernetes.driver.container.image", "spark.kubernetes.executor.container.image"} {
			if setting, set := in.Conf[key]; set {
				setting.Value = "registry.example/team/job:1"
				in.Conf[key] = setting
			}
		}
	}, nil, map[string]string{
		"SPK-S029": "it judges the name of the image, and another name is another case",
		"SPK-I002": "it judges the name of the image, and another name is another case",
		"SPK-I004": "nodes of one architecture that an image does not fit show it at once: the pods fail, which other rules find",
		"SPK-S028": "it goes by the version in the resource then",
	}},
	{rule.FactConf.String(), rule.FactConf, func(in *rule.Input) { in.Conf = nil }, func(in *rule.Input) bool { return in.Conf != nil }, nil},
	gone(rule.FactImage, map[string]string{
		"SPK-I004": "nodes of one architecture that an image does not fit show it at once: the pods fail, which other rules find",
	}),
	gone(rule.FactFiles, nil),
	gone(neighbour.FactNamespace, nil),
	gone(neighbour.FactQuotas, nil),
	gone(neighbour.FactLimits, nil),
	gone(neighbour.FactBounds, nil),
	gone(neighbour.FactPolicies, nil),
	gone(neighbour.FactNetwork, nil),
	gone(neighbour.FactAccounts, map[string]string{
		"SPK-S009": "files seldom hold the account, and the field of the pod is judged without; its document says so",
	}),
	gone(neighbour.FactNodes, nil),
	gone(neighbour.FactLogAgents, nil),
	gone(neighbour.FactObjects, nil),
	gone(neighbour.FactLinks, nil),
	gone(neighbour.FactRights, nil),
	gone(neighbour.FactServices, nil),
	gone(neighbour.FactOperator, nil),
	gone(neighbour.FactMonitors, nil),
	gone(neighbour.FactEventLogs, nil),
	gone(imagemodel.FactRead, map[string]string{
		"SPK-I023": "it compares what is said of an image with what was read of it, and few images are read; its document says so",
	}),
	gone(logged.FactRuns, nil),
	gone(crd.FactSlips, nil),
	gone(model.FactLife, map[string]string{
		"SPK-P027": "that a pod was evicted is told where its status is seen; what is requested is judged without",
	}),
	gone(model.FactPulls, nil),
	gone(model.FactEvents, map[string]string{
		"SPK-P020": "that a quota has refused pods is told where an Event is seen; pods and quotas are compared without",
	}),
}

// TestWhatIsNotKnownIsNotPassed runs every case with a finding once more without each fact. The finding may go, but then the rule says
// that it was not checked.
func TestWhatIsNotKnownIsNotPassed(t *testing.T) {
	passed := map[string]bool{}
	all, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range All() {
		for _, key := range slices.Concat(r.Needs, r.Uses, []rule.Key{r.About}) {
			if key != nil && !slices.ContainsFunc(facts, func(f withheld) bool { return f.key == key }) {
				t.Errorf("%s asks for %s, which is withheld from no case", r.Code, key)
			}
		}
		if r.Inspect == nil && r.Ensure == nil {
			continue // it judges Dockerfiles, which hold all that it asks
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
			for _, fact := range facts {
				in := c.prepare(t)
				if fact.has != nil && !fact.has(&in) {
					continue
				}
				fact.from(&in)
				d := set.Diagnose(in)
				about := r.About != nil && r.About == fact.key // what it judges is not there
				if len(d.Findings) > 0 || len(d.Skipped) > 0 || about || fact.key == rule.FactConf && saysNoConf(all, &c, t) {
					continue
				}
				passed[fact.name+r.Code] = true
				if fact.silent[r.Code] == "" {
					t.Errorf("%s, %s: %s is not known, the finding is gone, and nothing says that it was not checked", r.Code, archive.Files[i].Name, fact.name)
				}
			}
		}
	}
	for _, fact := range facts {
		for code := range fact.silent {
			if !passed[fact.name+code] {
				t.Errorf("%s says that it was not checked without %s: take it off the list", code, fact.name)
			}
		}
	}
}

// saysNoConf says whether other rules tell of the same subject that its configuration is not known: those that judge nothing else. Rules
// that judge a pod, and the configuration where there is one, do not repeat it.
func saysNoConf(all *rule.Set, c *input, t *testing.T) bool {
	in := c.prepare(t)
	in.Conf = nil
	return slices.ContainsFunc(all.Diagnose(in).Skipped, func(s rule.Skip) bool { return strings.Contains(s.Reason, rule.FactConf.String()) })
}
