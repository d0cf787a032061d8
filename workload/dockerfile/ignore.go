package dockerfile

import (
	"regexp"
	"slices"
	"strings"
)

// ignored is a comment that ignores findings.
type ignored struct {
	line        int // of the comment
	first, last int // lines for which it holds; 0, 0: the whole file
	codes       []string
	text        string // the reason, with until=YYYY-MM-DD where it ends
}

var (
	hadolintIgnore = regexp.MustCompile(`^#\s*hadolint\s+(global\s+)?ignore=([A-Za-z0-9_,\s-]+?)(?:\s*[;#].*)?$`)
	checkSkip      = regexp.MustCompile(`^#\s*check=(?:[^#]*;)?\s*skip=([A-Za-z0-9_,\s-]+)`)
	ownIgnore      = regexp.MustCompile(`^#\s*kubectl-spark\.io/ignore\.(SPK-I[0-9]{3})\s*[:=]\s*(.*)$`)
)

// hadolint are the codes of ours for those of hadolint that say the same.
var hadolint = map[string]string{
	"DL3002": "SPK-I005", "DL3066": "SPK-I005", "DL3006": "SPK-I002", "DL3007": "SPK-I002", "DL3009": "SPK-I016", "DL3015": "SPK-I016", "DL3019": "SPK-I016", "DL3032": "SPK-I016",
	"DL3036": "SPK-I016", "DL3040": "SPK-I016", "DL3042": "SPK-I016", "DL3060": "SPK-I016", "DL3059": "SPK-I017", "DL3064": "SPK-I020", "DL3025": "SPK-I006",
}

// buildkit are the codes of ours for checks of BuildKit that say the same.
var buildkit = map[string]string{"SecretsUsedInArgOrEnv": "SPK-I020", "JSONArgsRecommended": "SPK-I006"}

// Comments reads the comments that ignore findings, of instructions in their order.
func (f *File) Comments(heads []*Instruction) {
	for n, line := range f.Lines {
		comment := strings.TrimSpace(line)
		if !strings.HasPrefix(comment, "#") {
			continue
		}
		one := ignored{line: n + 1, text: "a comment on line " + number(n+1)}
		whole := false
		switch {
		case ownIgnore.MatchString(comment):
			m := ownIgnore.FindStringSubmatch(comment)
			one.codes, one.text = []string{m[1]}, strings.TrimSpace(m[2])
		case hadolintIgnore.MatchString(comment):
			m := hadolintIgnore.FindStringSubmatch(comment)
			one.codes, whole = codes(m[2], hadolint), m[1] != ""
		case checkSkip.MatchString(comment):
			m := checkSkip.FindStringSubmatch(comment)
			one.codes = codes(m[1], buildkit)
			whole = len(heads) == 0 || n+1 < heads[0].First && f.directive(n)
		default:
			continue
		}
		at := slices.IndexFunc(heads, func(i *Instruction) bool { return i.Last > n })
		switch {
		case whole:
		case at < 0:
			continue
		default:
			one.first, one.last = heads[at].First, heads[at].Last
		}
		f.ignored = append(f.ignored, one)
	}
}

// directive says that a line is among the comments that begin the file, which hold for all of it.
func (f *File) directive(n int) bool {
	for _, line := range f.Lines[:n] {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return false
		}
	}
	return true
}

func codes(list string, known map[string]string) (all []string) {
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if code := known[name]; code != "" {
			all = append(all, code)
		}
		all = append(all, name)
	}
	return all
}

// Ignored says whether a comment ignores what is found for a code at a line, and its text.
func (f *File) Ignored(code string, line int) (text string, is bool) {
	for _, one := range f.ignored {
		if slices.Contains(one.codes, code) && (one.first == 0 || one.first <= line && line <= one.last || line > 0 && one.line == line) {
			return one.text, true
		}
	}
	return "", false
}

// Skips says whether a comment ignores a check of BuildKit at a line.
func (f *File) Skips(name string, line int) bool {
	if _, is := f.Ignored(name, line); is {
		return true
	}
	_, all := f.Ignored("all", line)
	return all
}
