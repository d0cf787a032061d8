package release

import (
	"testing"
	"time"
)

func TestVersionsAreWrittenWithoutV(t *testing.T) {
	for _, good := range []string{"0.1.0", "0.1.0-dev", "1.20.3-rc.1"} {
		if err := CheckVersion(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "v0.1.0", "0.1", "0.1.0+linux", " 0.1.0", "0.1.0\n", "latest", "0.1.0 -X main.x=y"} {
		if CheckVersion(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPlatformsAreNamedOnce(t *testing.T) {
	all, err := ParsePlatforms("linux/amd64,windows/arm64")
	if err != nil || len(all) != 2 || all[1] != (Platform{"windows", "arm64"}) {
		t.Errorf("%v, %v", all, err)
	}
	for _, bad := range []string{"", "linux", "linux/", "/amd64", "linux/amd64,", "linux/arm/v7", "linux/amd64,linux/amd64"} {
		if all, err := ParsePlatforms(bad); err == nil {
			t.Errorf("%q gives %v", bad, all)
		}
	}
}

func TestTheEpochIsTheEnvironmentsOrTheCommits(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	if at, err := Epoch(); err != nil || !at.Equal(time.Unix(1700000000, 0)) {
		t.Errorf("%v, %v", at, err)
	}
	for _, bad := range []string{"yesterday", "-1", "99999999999"} {
		t.Setenv("SOURCE_DATE_EPOCH", bad)
		if at, err := Epoch(); err == nil {
			t.Errorf("%q gives %v", bad, at)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "")
	t.Chdir(t.TempDir())
	t.Setenv("GIT_DIR", t.TempDir())
	if at, err := Epoch(); err == nil {
		t.Errorf("outside of a checkout: %v", at)
	}
}
