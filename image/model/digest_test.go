package model

import (
	"testing"

	"github.com/kubectl-spark/kubectl-spark/spark"
)

// TestFactsOfAnotherDigestAreNotThePods: the tag was pushed again after it was read.
func TestFactsOfAnotherDigestAreNotThePods(t *testing.T) {
	const old, now, third = "sha256:1111", "sha256:2222", "sha256:3333"
	learned := func(match string, java int) spark.Image {
		return spark.Image{Match: match, Java: java, Learned: true}.Seal()
	}
	cat := spark.Catalogue{{Match: "registry.example/team/*", Libc: "musl"}, learned("registry.example/team/etl:1", 21), learned("registry.example/team/etl@"+now, 21), learned("registry.example/team/etl@"+old, 17),
		learned("registry.example/team/etl", 0)}
	cat[4].Entrypoint = spark.EntrypointSpark
	cat[4] = cat[4].Seal()
	for name, c := range map[string]struct {
		of     spark.Catalogue
		digest string
		java   int
		read   bool
	}{
		"not known which":         {cat, "", 21, true},
		"what the tag has":        {cat, now, 21, true},
		"what the tag had":        {cat, old, 17, true},
		"another":                 {cat, third, 0, false},
		"read before digests":     {cat[:2], third, 21, true},
		"of another repository":   {append(cat[:2:2], learned("registry.example/team/other@"+old, 8)), third, 21, true},
		"only its digest is read": {cat[3:4], old, 17, true},
	} {
		known := at(c.of, "registry.example/team/etl:1", c.digest)
		facts, _ := known.Facts("registry.example/team/etl:1", nil)
		read := known.Read("registry.example/team/etl:1")
		if facts.Java != c.java || (read != nil) != c.read || len(c.of) > 3 && (facts.Libc != "musl" || !c.read && facts.Entrypoint != spark.EntrypointSpark) {
			t.Errorf("%s: %+v, read %+v", name, facts, read)
		}
	}
	pinned := "registry.example/team/etl:1@" + old
	if facts, _ := at(cat, pinned, now).Facts(pinned, nil); facts.Java != 21 && facts.Java != 17 {
		t.Errorf("a reference with a digest: %+v", facts)
	}
	for id, want := range map[string]string{"registry.example/team/etl@sha256:1111": "sha256:1111", "docker-pullable://a/b@sha256:1111": "sha256:1111", "sha256:1111": "", "": "", "a@b": ""} {
		if got := Digest(id); got != want {
			t.Errorf("%s: %q", id, got)
		}
	}
}
