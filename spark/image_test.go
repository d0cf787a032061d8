package spark

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestReferencesAreCompletedAsDockerDoes(t *testing.T) {
	for ref, want := range map[string]Reference{
		"spark":                        {"docker.io/library/spark", "", ""},
		"apache/spark:4.0.0":           {"docker.io/apache/spark", "4.0.0", ""},
		"localhost:5000/a/b:c":         {"localhost:5000/a/b", "c", ""},
		"localhost/a":                  {"localhost/a", "", ""},
		"reg.io:443/a@sha256:00":       {"reg.io:443/a", "", "sha256:00"},
		"index.docker.io/apache/spark": {"docker.io/apache/spark", "", ""},
		"registry-1.docker.io/spark":   {"docker.io/library/spark", "", ""},
		"docker.io/spark:4.0.0":        {"docker.io/library/spark", "4.0.0", ""},
		"localhost:5000":               {"docker.io/library/localhost", "5000", ""},
		"Registry/a":                   {"Registry/a", "", ""},
		"[fd00::1]:5000/a:1":           {"[fd00::1]:5000/a", "1", ""},
		"a/b:1@blake3:00":              {"docker.io/a/b", "1", "blake3:00"},
		"a/b:3.5.6-${S}":               {"docker.io/a/b", "3.5.6-${S}", ""},
		"a/b:{{TAG}}":                  {"docker.io/a/b", "{{TAG}}", ""},
	} {
		for range 2 { // the second time it is known
			if got, ok := ParseReference(ref); !ok || got != want {
				t.Errorf("%q: got %+v, %v", ref, got, ok)
			}
		}
	}
	for _, ref := range []string{"", "a b", "a:", "/a", "a//b", "a/", "a@x", "a@sha256:0 0", "a/B", "A/B:1", "a/b:1:2", "a/b:1:$T", "a.b/ä", "-a/b",
		"a/b\x00", "a/b\xff", "a/b:$T U", "host:$PORT/a", "reg.io/a@b@c:d e", "a:" + strings.Repeat("x", 129), strings.Repeat("a", 256), strings.Repeat("0f", 32), strings.Repeat("a", 2000)} {
		for range 2 {
			if got, ok := ParseReference(ref); ok {
				t.Errorf("%q: got %+v, want nothing", ref, got)
			}
		}
	}
}

// TestReferencesThatAreKnownKeepApart: more of them than there are slots, from several goroutines at once.
func TestReferencesThatAreKnownKeepApart(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 20 * len(parted) {
				tag := strconv.Itoa(n % (4 * len(parted)))
				if got, ok := ParseReference("a/b:" + tag); !ok || got.Tag != tag {
					t.Errorf("tag %s: got %+v, %v", tag, got, ok)
				}
			}
		})
	}
	all.Wait()
}

func TestFactsOfPublicImages(t *testing.T) {
	for ref, want := range map[string]struct {
		uid        int64
		java       int
		spark      Version
		entrypoint string
	}{
		"apache/spark:3.5.1-scala2.12-java17-ubuntu": {185, 17, Version{3, 5, 1}, EntrypointSparkDocker},
		"apache/spark:v3.3.1":                        {185, 0, Version{3, 3, 1}, ""},
		"apache/spark":                               {185, 0, Version{}, ""},
		"spark:4.0.0":                                {185, 17, Version{4, 0, 0}, EntrypointSparkDocker},
		"apache/spark:3.5.6":                         {185, 11, Version{3, 5, 6}, EntrypointSparkDocker},
		"apache/spark:3.5.6-java17":                  {185, 17, Version{3, 5, 6}, EntrypointSparkDocker},
		"apache/spark:3.4.4-python3":                 {185, 11, Version{3, 4, 4}, EntrypointSparkDocker},
		"spark:3.3.3-r":                              {185, 11, Version{3, 3, 3}, EntrypointSparkDocker},
		"apache/spark:4.0.3-scala":                   {185, 17, Version{4, 0, 3}, EntrypointSparkDocker},
		"apache/spark:4.1.2":                         {185, 21, Version{4, 1, 2}, EntrypointSparkDocker},
		"apache/spark:4.1.2-scala-java17":            {185, 17, Version{4, 1, 2}, EntrypointSparkDocker},
		"apache/spark:3.5.600":                       {185, 0, Version{3, 5, 600}, EntrypointSparkDocker},
		"apache/spark:4.1.0-preview4":                {185, 0, Version{4, 1, 0}, EntrypointSparkDocker},
		"apache/spark:4.2.0":                         {185, 0, Version{4, 2, 0}, EntrypointSparkDocker},
		"apache/spark:3.5.6-team":                    {185, 0, Version{3, 5, 6}, EntrypointSparkDocker},
		"apache/spark:3.5":                           {185, 0, Version{3, 5, 0}, EntrypointSparkDocker},
		"apache/spark:3.3.1":                         {185, 0, Version{3, 3, 1}, ""},
		"bde2020/spark-worker:3.3.0-hadoop3.3":       {0, 0, Version{3, 3, 0}, ""},
		"docker.io/bitnamilegacy/spark:3.5.6":        {1001, 0, Version{3, 5, 6}, EntrypointBitnami},
	} {
		got, known := Facts(ref, nil)
		if !known || got.UID == nil || *got.UID != want.uid || got.Java != want.java || got.Spark != want.spark || got.Entrypoint != want.entrypoint {
			t.Errorf("%s: got %+v, %v", ref, got, known)
		}
	}
	for _, ref := range []string{"ghcr.io/apache/spark:3.5.1", "my.io/apache/spark:3.5.1", "apache/spark-py2:1.0", "nginx", ""} {
		if got, known := Facts(ref, nil); known {
			t.Errorf("%s: got %+v, want nothing", ref, got)
		}
	}
}

func TestPodBeforeConfigurationBeforePublic(t *testing.T) {
	uid, own := int64(1), int64(2)
	cat := Catalogue{{Match: "reg/team/*", UID: &uid, Java: 11}, {Match: "apache/spark:3.*", Java: 21}}
	got, known := cat.Facts("reg/team/deep/spark:1", &Image{UID: &own})
	if !known || *got.UID != 2 || got.Java != 0 && got.Java != 11 {
		t.Errorf("got %+v", got)
	}
	got, _ = cat.Facts("apache/spark:3.5.1-java17", nil)
	if got.Java != 21 || got.UID == nil || *got.UID != 185 || got.Match != "" {
		t.Errorf("got %+v", got)
	}
	read := true
	cat = append(cat, Image{Match: "reg/read:1", UID: &uid, Passwd: &read, Learned: true})
	for uid, want := range map[int64]bool{1: true, 1000: false} { // an entry in /etc/passwd is of one user
		if got, _ := cat.Facts("reg/read:1", &Image{UID: &uid}); (got.Passwd != nil) != want {
			t.Errorf("uid %d: got %+v", uid, got)
		}
	}
	if _, known := cat.Facts("reg/teams/spark", nil); known {
		t.Error("a glob holds what lies beside it")
	}
}

func TestImageAnnotationIsStrictAndBounded(t *testing.T) {
	for _, text := range []string{`{"uid": 185, "passwd": true, "java": 17, "spark": "3.5.6", "entrypoint": "spark"}`,
		"{uid: 185, passwd: true, java: 17, spark: 3.5.6, entrypoint: spark}", "uid: 185\npasswd: true\njava: 17\nspark: 3.5.6\nentrypoint: spark\n"} {
		image, err := ParseImageAnnotation(text)
		if err != nil || *image.UID != 185 || !*image.Passwd || image.Java != 17 || image.Spark != (Version{3, 5, 6}) || image.Entrypoint != EntrypointSpark {
			t.Errorf("%s: got %+v, %v", text, image, err)
		}
	}
	if image, err := ParseImageAnnotation(`spark: "3.10"`); err != nil || image.Spark != (Version{3, 10, 0}) {
		t.Errorf("a line in quotes: got %+v, %v", image, err)
	}
	for _, text := range []string{"uid: x", "uid: -1", "other: 1", "java: 5", "libc: uclibc", "jmxExporter: jmx.jar", "jmxExporter: /opt/x", "jmxExporter: /opt/a b.jar", "entrypoint: x", "spark: new", "spark: 3.10", "a: &a [*a]", strings.Repeat(" ", 2000), "[", "- 1"} {
		if image, err := ParseImageAnnotation(text); err == nil {
			t.Errorf("%.20q: got %+v, want an error", text, image)
		}
	}
}
