package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-spark/kubectl-spark/report/layout"
	"github.com/kubectl-spark/kubectl-spark/rule"
)

// page is text in lines of a width.
type page struct {
	strings.Builder
	width int
}

// write writes the page, in the signs that the output shows.
func (p *page) write(w io.Writer, o Options) error {
	text := p.String()
	if o.ASCII {
		text = layout.ASCII(text)
	}
	_, err := io.WriteString(w, text)
	return err
}

// Document writes a rule's document, or what it says of one of its parts.
func Document(out io.Writer, o Options, r *rule.Rule, part string) error {
	w := &page{width: Width(o.Width)}
	fmt.Fprintf(w, "%s  %s\n%s · %s · since %s\n", r.Code, r.Doc.Title, r.Level.Word(), r.Area, r.Doc.Since)
	w.section("Why", r.Doc.Why)
	w.section("What to do", r.Doc.Remedy)
	w.section("Level", r.Doc.Levels)
	w.section("Facts", Facts(r))
	if len(r.Parts) > 0 {
		fmt.Fprintf(w, "\n%s\n", map[bool]string{true: "Parts", false: "Part"}[part == ""])
		for _, p := range r.Parts {
			if part != "" && p.Name != part {
				continue
			}
			head, who := "  "+r.Code+"/"+p.Name, profileWord(p.Profile)+", "+rolesOf(r, p)
			if layout.Columns(head)+2+layout.Columns(who) <= w.width {
				fmt.Fprintln(w, head+"  "+who)
			} else {
				fmt.Fprintln(w, head)
				w.paragraph("    ", who)
			}
			w.paragraph("    ", p.Says+"; found where: "+p.State)
		}
	}
	how := "reported only: an edit of the pod cannot fix it"
	switch {
	case r.Admit:
		how = "edited by the webhook and by inject, unless the report says why not"
	case r.Ensure != nil:
		how = "made by fix only, not by the webhook or by inject"
	}
	w.section("Edit", how)
	none := slices.DeleteFunc(slices.Clone(r.None), func(n rule.None) bool { return part != "" && n.Part != "" && n.Part != part })
	if len(none) > 0 {
		fmt.Fprintf(w, "\nDeliberately none\n")
		w.deliberate(r.Code, none)
	}
	if r.Admit && part != "" {
		w.section("Why an edit may be refused", "kubectl spark explain "+r.Code+" explains each word of a report")
	} else if r.Admit {
		fmt.Fprintf(w, "\nWhy an edit may be refused\n")
		reasons := rule.Reasons()
		for _, word := range slices.Sorted(maps.Keys(reasons)) {
			w.paragraph("  ", string(word)+": "+reasons[word])
		}
	}
	fmt.Fprintln(w)
	w.paragraph("", "To leave it as it is: annotate the pod, or what makes it, with")
	fmt.Fprintf(w, "  %signore.%s: REASON, until=YYYY-MM-DD\n", rule.Prefix, r.Code)
	fmt.Fprintf(w, "\nSources\n")
	for _, s := range r.Doc.Sources {
		w.paragraph("  ", s)
	}
	return w.write(out, o)
}

// deliberate tells what a rule leaves alone, and why: a line for each role and launcher that it says so of.
func (p *page) deliberate(of string, none []rule.None) {
	for _, n := range none {
		code, who := of, roleWords(n.Roles)
		if n.Part != "" {
			code += "/" + n.Part
		}
		for i, l := range n.Launchers {
			who += map[bool]string{true: " of ", false: ", "}[i == 0] + string(l)
		}
		p.paragraph("  ", fmt.Sprintf("%s (%s): %s: %s", code, who, n.Reason, rule.Reasons()[n.Reason]))
	}
}

func (p *page) section(title, text string) {
	if text != "" {
		fmt.Fprintf(p, "\n%s\n", title)
		p.paragraph("  ", text)
	}
}

// paragraph writes text in lines of the page's width; what follows the first is indented by two more.
func (p *page) paragraph(indent, text string) {
	more := ""
	for _, line := range Wrap(text, p.width-len(indent)-2) {
		fmt.Fprintln(p, indent+more+line)
		more = "  "
	}
}

func profileWord(p rule.Profile) string {
	if p == rule.ByWant {
		return "only by annotation " + rule.WantAnnotation
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
func Injection(out io.Writer, o Options, set *rule.Set) error {
	w := &page{width: Width(o.Width)}
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
				w.paragraph("  ", fmt.Sprintf("%s/%s: %s (%s)", r.Code, p.Name, p.Says, rolesOf(r, p)))
			}
		}
		if none {
			fmt.Fprintln(w, "  nothing")
		}
	}
	fmt.Fprintln(w, "deliberately none, in every profile")
	for _, r := range set.Rules() {
		w.deliberate(r.Code, r.None)
	}
	w.paragraph("", "What a user set is never changed, and every edit and refusal is named in the annotation "+rule.ReportAnnotation+".")
	return w.write(out, o)
}
