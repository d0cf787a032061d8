package launcher

import (
	"regexp"
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

// settingName finds keys of Spark's in a text. What stands in an option, as -Dspark.x, is none.
var settingName = regexp.MustCompile(`(?:^|[\s("',;])spark\.[A-Za-z][A-Za-z0-9_.\-]*[A-Za-z0-9]`)

// InWords writes each key that a text names as the document does. Of what is said of settings as they stand, only those are
// written so that stand in one place; others may be meant by their key.
func InWords(d *workload.Document, text string, standing bool) string {
	if d == nil || !strings.Contains(text, "spark.") {
		return text
	}
	conf := d.EffectiveConf()
	return settingName.ReplaceAllStringFunc(text, func(found string) string {
		at := strings.Index(found, "spark.")
		key := found[at:]
		if setting, set := conf[key]; standing && (!set || setting.Under != nil) {
			return found
		}
		return found[:at] + Word(d, key)
	})
}
