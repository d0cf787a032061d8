package possible

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
	"github.com/kubectl-spark/kubectl-spark/spark/keys"
)

func TestEveryLineOfTheCatalogueIsPossible(t *testing.T) {
	known, err := keys.New()
	if err != nil {
		t.Fatal(err)
	}
	versions := Versions(spark.Image{})
	lines := map[string]bool{}
	for _, v := range versions {
		lines[v.Line()] = true
		if span, lacks := known.Lacks(v); lacks {
			t.Errorf("Spark %s is not supported: %s are", v, span)
		}
	}
	for major := 3; major < 6; major++ {
		for minor := range 10 {
			v := spark.Version{Major: major, Minor: minor}
			if _, lacks := known.Lacks(v); !lacks && !lines[v.Line()] {
				t.Errorf("Spark %s is supported, and is not possible", v.Line())
			}
		}
	}
	said := spark.Version{Major: 3, Minor: 5, Patch: 1}
	if one := Versions(spark.Image{Spark: said}); len(one) != 1 || one[0] != said {
		t.Errorf("the image has Spark %s, and what is possible is %s", said, one)
	}
}

func TestImagesKeepWhatIsKnown(t *testing.T) {
	user, passwd := int64(1001), false
	known := spark.Image{UID: &user, Libc: "musl", Spark: spark.Version{Major: 4}}
	all := slices.Collect(Images(known, known.Spark))
	if len(all) == 0 {
		t.Fatal("Java is not known, and no image is possible")
	}
	for _, one := range all {
		if *one.UID != user || one.Libc != "musl" || one.Spark != known.Spark || one.Java < 17 {
			t.Errorf("%+v is known, and %+v is not possible", known, one)
		}
		if slices.Collect(Images(one, known.Spark)) != nil {
			t.Errorf("of %+v everything is known", one)
		}
	}
	known.Passwd, known.Java, known.Entrypoint = &passwd, 11, spark.EntrypointBitnami
	if all := slices.Collect(Images(known, spark.Version{})); all != nil {
		t.Errorf("everything is known, and %d images are possible", len(all))
	}
}

func TestWhatIsNeededIsWhatDecides(t *testing.T) {
	image := slices.Collect(Images(spark.Image{}, spark.Version{}))[0]
	for want, decides := range map[string]func(spark.Image) bool{
		`the image's C library (set the pod's annotation image, for example "libc: glibc")`: func(i spark.Image) bool { return i.Libc == "" },
		`the image's user and the user's entry in /etc/passwd (set the pod's annotation image, for example "{uid: 185, passwd: true}")`: func(i spark.Image) bool {
			return i.UID == nil || i.Passwd == nil
		},
		`the facts of the image (set the pod's annotation image, for example "uid: 185")`: func(spark.Image) bool { return false },
	} {
		got := Needed("image", spark.Image{}, image, decides)
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		entry := got[strings.Index(got, `"`)+1 : strings.LastIndex(got, `"`)]
		if _, err := spark.ParseImageAnnotation(entry); err != nil {
			t.Errorf("%s: %v", entry, err)
		}
	}
}
