package launcher

import (
	"strings"

	"github.com/kubectl-spark/kubectl-spark/patch"
	"github.com/kubectl-spark/kubectl-spark/workload"
)

// Word is what a document writes for a setting of Spark's configuration: where the setting stands, else where it would stand. It is the
// field that a custom resource has for it, the option of spark-submit that gives it, and else the key itself.
func Word(d *workload.Document, key string) string {
	setting, set := d.EffectiveConf()[key]
	for i := range d.Slots {
		if by := d.Slots[i].BySubmit; by != nil {
			if at := by.Decides(key); at >= 0 && by.Given[at].OfOption() {
				return by.Given[at].Option
			}
		}
	}
	of := Of(d)
	if of == nil {
		return key
	}
	at := of.Home(d, key).At
	if set && len(setting.Path) > 0 && DecidesAlone(setting.Path, key) {
		at = setting.Path
	}
	if patch.Last(at) == "-" {
		at = at[:len(at)-1]
	}
	if patch.Last(at) == key || patch.Last(at) == "value" {
		return key // among the settings, or a variable's
	}
	return at.Field()
}

// InWords writes each key that a text names as the document does. Of what is said of settings as they stand, only those are
// written so that stand in one place; others may be meant by their key. What stands in an option, as -Dspark.x, is no key.
func InWords(d *workload.Document, text string, standing bool) string {
	if d == nil || !strings.Contains(text, keyStart) {
		return text
	}
	conf := d.EffectiveConf()
	var b strings.Builder
	written := 0
	for from, end := nextKey(text, 0); from >= 0; from, end = nextKey(text, end) {
		key := text[from:end]
		if setting, set := conf[key]; standing && (!set || setting.Under != nil) {
			continue
		}
		b.WriteString(text[written:from])
		b.WriteString(Word(d, key))
		written = end
	}
	return b.String() + text[written:]
}

// keyStart is what keys of Spark's begin with.
const keyStart = "spark."

// nextKey finds the next key of Spark's from an offset of a text on, at the beginning of a word; -1 where there is none.
func nextKey(text string, at int) (from, end int) {
	for {
		next := strings.Index(text[at:], keyStart)
		if next < 0 {
			return -1, -1
		}
		from, at = at+next, at+next+len(keyStart)
		for end = at; end < len(text) && (alphanumeric(text[end]) || strings.IndexByte("_.-", text[end]) >= 0); {
			end++
		}
		for !alphanumeric(text[end-1]) && end > at {
			end--
		}
		letter := end-at > 1 && (text[at] < '0' || text[at] > '9') && alphanumeric(text[at])
		if letter && (from == 0 || strings.IndexByte(" \t\n\f\r(\"',;", text[from-1]) >= 0) {
			return from, end
		}
	}
}

func alphanumeric(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }
