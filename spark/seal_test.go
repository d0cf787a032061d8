package spark

import "testing"

// TestALearnedEntryIsKnownAsChanged, by any of its values; how it was read does not matter.
func TestALearnedEntryIsKnownAsChanged(t *testing.T) {
	uid, other, passwd := int64(185), int64(0), true
	one := Image{Match: "a/b:1", UID: &uid, Passwd: &passwd, Java: 17, Spark: Version{4, 0, 1}, Libc: "glibc"}.Seal()
	one.Learned = true
	if !one.Sealed() || (&Image{Java: 17}).Sealed() {
		t.Errorf("%+v", one)
	}
	for name, change := range map[string]func(*Image){"uid": func(i *Image) { i.UID = &other }, "passwd": func(i *Image) { i.Passwd = nil }, "java": func(i *Image) { i.Java = 21 }, "match": func(i *Image) { i.Match = "a/b:2" },
		"spark": func(i *Image) { i.Spark = Version{} }, "sum": func(i *Image) { i.Sum = "" }} {
		changed := one
		if change(&changed); changed.Sealed() {
			t.Errorf("%s: %+v", name, changed)
		}
	}
}
