package installation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/manifests"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/rulebook"
	"github.com/kubectl-spark/kubectl-spark/settings"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

func facts(uid int64, passwd bool, java int, libc string) spark.Image {
	return spark.Image{UID: &uid, Passwd: &passwd, Java: java, Spark: spark.Version{Major: 3, Minor: 5, Patch: 6}, Entrypoint: "spark", Libc: libc, JMXExporter: "/opt/spark/jmx/jmx_prometheus_javaagent-1.0.1.jar"}
}

// parsed is what the webhook makes of the settings.
func parsed(t *testing.T, images, learned string) spark.Catalogue {
	t.Helper()
	s, err := settings.Parse(settings.Settings{}, map[string]string{manifests.APIVersionKey: manifests.APIVersion, manifests.ImagesKey: images, manifests.LearnedKey: learned})
	if err != nil {
		t.Fatalf("%v in\n%s", err, learned)
	}
	return s.Images
}

func TestWhatWasLearnedIsWhatTheWebhookKnows(t *testing.T) {
	digest, other := "sha256:"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	text, left, err := Learned("", []ReadImage{
		{"reg.example/team/etl:1", digest, facts(185, true, 17, "glibc")}, {"reg.example/team/etl:2", other, facts(185, true, 21, "glibc")},
		{"reg.example/team/one", digest, facts(7, false, 11, "musl")}, {"no image at all", "", facts(1, true, 8, "")}, {"reg.example/empty:1", "", spark.Image{}},
	})
	if err != nil || left != 0 {
		t.Fatal(left, err)
	}
	all := parsed(t, "", text)
	for reference, want := range map[string]spark.Image{
		"reg.example/team/etl:1": facts(185, true, 17, "glibc"), "reg.example/team/etl:2": facts(185, true, 21, "glibc"), "reg.example/team/etl@" + other: facts(185, true, 21, "glibc"),
		"reg.example/team/one": facts(7, false, 11, "musl"), "reg.example/team/one:latest": facts(7, false, 11, "musl"),
	} {
		got := all.Read(reference)
		if got == nil || *got.UID != *want.UID || *got.Passwd != *want.Passwd || got.Java != want.Java || got.Libc != want.Libc || got.Spark != want.Spark || got.JMXExporter != want.JMXExporter {
			t.Errorf("%s: %+v", reference, got)
		}
	}
	// Another tag of the repository: what both share, and no version. It was not read itself.
	if got, known := all.Facts("reg.example/team/etl:3", nil); !known || *got.UID != 185 || got.Java != 0 || got.Spark.Known() || got.JMXExporter != "" || got.Libc != "glibc" {
		t.Errorf("another tag: %+v", got)
	}
	for _, reference := range []string{"reg.example/team/etl:3", "reg.example/team/one:2", "reg.example/other:1", "reg.example/empty:1"} {
		if got := all.Read(reference); got != nil {
			t.Errorf("%s: %+v", reference, got)
		}
	}
	// A user's word counts before it, field by field. What is known of the entry in /etc/passwd is of another user.
	both := parsed(t, "[{match: reg.example/team/*, uid: 1000}]", text)
	if got, known := both.Facts("reg.example/team/etl:1", nil); !known || *got.UID != 1000 || got.Java != 17 || got.Passwd != nil {
		t.Errorf("%+v", got)
	}
	if again, _, err := Learned(text, []ReadImage{{"reg.example/team/etl:1", digest, facts(185, true, 17, "glibc")}}); err != nil || again != text {
		t.Errorf("what was learned of others is lost:\n%s\n%v", again, err)
	}
	if changed, _, err := Learned(text, []ReadImage{{"reg.example/team/etl:1", other, facts(9, true, 25, "glibc")}}); err != nil || *parsed(t, "", changed).Read("reg.example/team/etl:1").UID != 9 {
		t.Errorf("what is new does not count:\n%s\n%v", changed, err)
	}
	if _, _, err := Learned("- match: [", nil); err == nil || !strings.Contains(err.Error(), manifests.LearnedKey+": line") {
		t.Errorf("got %v", err)
	}
}

// TestSharedFactsAreThoseOfAllImages: one that differs, or is not known, takes the fact away.
func TestSharedFactsAreThoseOfAllImages(t *testing.T) {
	var read []ReadImage
	for i, one := range []spark.Image{facts(185, true, 17, "glibc"), facts(185, false, 17, "musl"), facts(185, true, 17, "glibc")} {
		read = append(read, ReadImage{fmt.Sprintf("reg.example/a:%d", i), fmt.Sprintf("sha256:%064d", i), one})
	}
	text, _, err := Learned("", read)
	if err != nil {
		t.Fatal(err)
	}
	if got, known := parsed(t, "", text).Facts("reg.example/a:9", nil); !known || *got.UID != 185 || got.Passwd != nil || got.Libc != "" || got.Entrypoint != "spark" {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsLearnedIsBounded(t *testing.T) {
	var read []ReadImage
	for i := range maxLearned {
		read = append(read, ReadImage{fmt.Sprintf("reg.example/a%d:1", i), fmt.Sprintf("sha256:%064d", i), facts(185, true, 17, "glibc")})
	}
	text, left, err := Learned("", read)
	if err != nil || left != maxLearned || len(parsed(t, "", text)) != maxLearned || len(text) > 256<<10 {
		t.Errorf("%d left, %d bytes, %v", left, len(text), err)
	}
}

// TestAllowancesAreTheRules: with all facts nothing is refused for the image, without any what needs one is.
func TestAllowancesAreTheRules(t *testing.T) {
	set, err := rulebook.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, reference := range []string{"reg.example/team/etl:1", "./dist/oci"} {
		all, err := Allowances(set, reference, facts(185, true, 17, "glibc"), rule.Standard)
		if err != nil || len(all) != 2 || len(all[0].Refused)+len(all[1].Refused) > 0 {
			t.Fatalf("%s: %+v, %v", reference, all, err)
		}
		for _, part := range []string{"SPK-S011/runAsNonRoot", "SPK-S011/capabilities", "SPK-M024/gcLog", "SPK-P017/mallocArenaMax"} {
			if !slices.Contains(all[0].Edits, part) || !slices.Contains(all[1].Edits, part) {
				t.Errorf("%s: %s is not made: %+v", reference, part, all)
			}
		}
		none, err := Allowances(set, reference, spark.Image{}, rule.Standard)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range none {
			reasons := fmt.Sprint(a.Refused)
			for _, want := range []string{"SPK-S011/runAsNonRoot image-unknown", "SPK-M024/gcLog java-unknown", "SPK-P017/mallocArenaMax libc-unknown"} {
				if !strings.Contains(reasons, want) {
					t.Errorf("%s %s: %s is missing: %s", reference, a.Role, want, reasons)
				}
			}
		}
	}
}
