package report

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/rule"
)

// Document writes a rule's document, or what it says of one of its parts.
func Document(w io.Writer, r *rule.Rule, part string) {
	fmt.Fprintf(w, "%s  %s\n%s · %s · since %s\n", r.Code, r.Doc.Title, r.Level.Word(), r.Area, r.Doc.Since)
	section(w, "Why", r.Doc.Why)
	section(w, "What to do", r.Doc.Remedy)
	section(w, "Level", r.Doc.Levels)
	if len(r.Parts) > 0 {
		fmt.Fprintf(w, "\n%s\n", map[bool]string{true: "Parts", false: "Part"}[part == ""])
		for _, p := range r.Parts {
			if part != "" && p.Name != part {
				continue
			}
			fmt.Fprintf(w, "  %s/%s  %s, %s\n", r.Code, p.Name, profileWord(p.Profile), rolesOf(r, p))
			paragraph(w, "    ", p.Says+"; found where: "+p.State)
		}
	}
	how := "reported only: an edit of the pod cannot fix it"
	switch {
	case r.Admit:
		how = "edited by the webhook and by inject, unless the report says why not"
	case r.Ensure != nil:
		how = "made by fix, not by the webhook: it changes a user's setting"
	}
	section(w, "Edit", how)
	none := slices.DeleteFunc(slices.Clone(r.None), func(n rule.None) bool { return part != "" && n.Part != "" && n.Part != part })
	if len(none) > 0 {
		fmt.Fprintf(w, "\nDeliberately none\n")
		deliberate(w, r.Code, none)
	}
	if r.Admit && part != "" {
		section(w, "Why an edit may be refused", "kubectl spark explain "+r.Code+" explains each word of a report")
	} else if r.Admit {
		fmt.Fprintf(w, "\nWhy an edit may be refused\n")
		reasons := rule.Reasons()
		words := make([]string, 0, len(reasons))
		for word := range reasons {
			words = append(words, string(word))
		}
		sort.Strings(words)
		for _, word := range words {
			paragraph(w, "  ", word+": "+reasons[rule.Reason(word)])
		}
	}
	fmt.Fprintf(w, "\nTo leave it as it is: annotate the pod, or what makes it, with\n  %signore.%s: REASON, until=YYYY-MM-DD\n", rule.Prefix, r.Code)
	fmt.Fprintf(w, "\nSources\n")
	for _, s := range r.Doc.Sources {
		paragraph(w, "  ", s)
	}
}

// deliberate tells what a rule leaves alone, and why: a line for each role and launcher that it says so of.
func deliberate(w io.Writer, of string, none []rule.None) {
	for _, n := range none {
		code, who := of, roleWords(n.Roles)
		if n.Part != "" {
			code += "/" + n.Part
		}
		for i, l := range n.Launchers {
			who += map[bool]string{true: " of ", false: ", "}[i == 0] + string(l)
		}
		paragraph(w, "  ", fmt.Sprintf("%s (%s): %s: %s", code, who, n.Reason, rule.Reasons()[n.Reason]))
	}
}

func section(w io.Writer, title, text string) {
	if text != "" {
		fmt.Fprintf(w, "\n%s\n", title)
		paragraph(w, "  ", text)
	}
}

// paragraph writes text in lines of at most 100 runes; what follows the first is indented by two more.
func paragraph(w io.Writer, indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if len([]rune(line))+len([]rune(word)) > 99 {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line = indent + "  "
		}
		line += word + " "
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

func profileWord(p rule.Profile) string {
	if p == rule.ByWant {
		return "by the want annotation only"
	}
	return "from profile " + string(p) + " on"
}

func rolesOf(r *rule.Rule, p rule.Part) string {
	if p.Roles == nil {
		return roleWords(r.Roles)
	}
	return roleWords(p.Roles)
}

func roleWords[R ~string](roles []R) string {
	if roles == nil {
		return "all roles"
	}
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// Injection writes what each profile adds, made from the rules themselves.
func Injection(w io.Writer, set *rule.Set) {
	for _, profile := range append(rule.Profiles(), rule.ByWant) {
		title := map[rule.Profile]string{rule.Safe: "safe", rule.Standard: "standard (default) adds", rule.Restricted: "restricted adds", rule.ByWant: "only by the annotation " + rule.WantAnnotation}[profile]
		fmt.Fprintf(w, "%s\n", title)
		none := true
		for _, r := range set.Rules() {
			for _, p := range r.Parts {
				if !r.Admit || p.Profile != profile {
					continue
				}
				none = false
				paragraph(w, "  ", fmt.Sprintf("%s/%s: %s (%s)", r.Code, p.Name, p.Says, rolesOf(r, p)))
			}
		}
		if none {
			fmt.Fprintln(w, "  nothing")
		}
	}
	fmt.Fprintln(w, "deliberately none, in every profile")
	for _, r := range set.Rules() {
		deliberate(w, r.Code, r.None)
	}
	fmt.Fprintln(w, "What a user set is never changed, and every edit and refusal is named in the annotation "+rule.ReportAnnotation+".")
}
