package plugin

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/spark"
)

// completeCodes completes the codes of rules.
func (e *env) completeCodes(_ *cobra.Command, _ []string, typed string) (words []string, _ cobra.ShellCompDirective) {
	set, err := e.newSet()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, r := range set.Rules() {
		if strings.HasPrefix(r.Code, strings.ToUpper(typed)) {
			words = append(words, r.Code+"\t"+r.Doc.Title)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func newExplain(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [CODE | injection | memory WORKLOAD | pod NAME | image REFERENCE]",
		Short: "Explain a finding, or what is injected",
		Long:  "Prints the document of a rule. Without a code it lists all rules; with the word injection, what each profile injects.",
		Example: `  kubectl spark explain SPK-P006
  kubectl spark explain injection
  kubectl spark explain memory -f app.yaml
  kubectl spark explain image apache/spark:3.5.6`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			words, _ := e.completeCodes(cmd, args, typed)
			if strings.HasPrefix("injection", typed) {
				words = append(words, "injection\twhat each profile injects")
			}
			return words, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := e.set()
			if err != nil {
				return err
			}
			var b strings.Builder
			switch {
			case len(args) == 0:
				for _, r := range set.Rules() {
					fmt.Fprintf(&b, "%s  %-8s %s\n", r.Code, r.Level, r.Doc.Title)
				}
			case args[0] == "injection":
				injection(&b, set)
			default:
				code, part, has := strings.Cut(args[0], "/")
				r := set.Rule(code)
				if r == nil {
					return fmt.Errorf("there is no rule %q: kubectl spark explain lists them", args[0])
				}
				if has && set.Rule(args[0]) == nil {
					return fmt.Errorf("%s has no part %q: kubectl spark explain %s lists its parts", r.Code, part, r.Code)
				}
				document(&b, r, part)
			}
			_, err = io.WriteString(e.Out, b.String())
			return err
		},
	}
	cmd.AddCommand(newExplainMemory(e), newExplainImage(e))
	cmd.AddCommand(newExplainPod(e))
	return cmd
}

// document prints a rule's document, or what it says of one of its parts.
func document(w io.Writer, r *rule.Rule, part string) {
	fmt.Fprintf(w, "%s  %s\n%s · %s · since %s\n", r.Code, r.Doc.Title, r.Level, r.Area, r.Doc.Since)
	section(w, "Why", r.Doc.Why)
	section(w, "What to do", r.Doc.Remedy)
	section(w, "Level", r.Doc.Levels)
	if len(r.Parts) > 0 {
		fmt.Fprintf(w, "\n%s\n", map[bool]string{true: "Parts", false: "Part"}[part == ""])
		for _, p := range r.Parts {
			if part != "" && p.Name != part {
				continue
			}
			roles := p.Roles
			if roles == nil {
				roles = r.Roles
			}
			fmt.Fprintf(w, "  %s/%s  %s, %s\n", r.Code, p.Name, profileWord(p.Profile), roleWords(roles))
			paragraph(w, "    ", p.Says+"; found where: "+p.State)
		}
	}
	how := "found only: no edit of the pod could mend it"
	switch {
	case r.Admit:
		how = "edited by the webhook and by inject, unless the report says why not"
	case r.Ensure != nil:
		how = "found only: it would change what a user set"
	}
	section(w, "Edit", how)
	none := slices.DeleteFunc(slices.Clone(r.None), func(n rule.None) bool { return part != "" && n.Part != "" && n.Part != part })
	if len(none) > 0 {
		fmt.Fprintf(w, "\nDeliberately none\n")
		deliberate(w, r.Code, none)
	}
	if r.Admit && part != "" {
		section(w, "Why an edit may be refused", "kubectl spark explain "+r.Code+" tells what each word of a report means")
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

func roleWords(roles spark.Roles) string {
	if roles == nil {
		return "all roles"
	}
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// injection prints what each profile adds, made from the rules themselves.
func injection(w io.Writer, set *rule.Set) {
	for _, profile := range append(rule.Profiles(), rule.ByWant) {
		title := map[rule.Profile]string{rule.Safe: "safe", rule.Standard: "standard (default) adds", rule.Restricted: "restricted adds", rule.ByWant: "only by the annotation " + rule.WantAnnotation}[profile]
		fmt.Fprintf(w, "%s\n", title)
		none := true
		for _, r := range set.Rules() {
			for _, p := range r.Parts {
				if !r.Admit || p.Profile != profile {
					continue
				}
				roles := p.Roles
				if roles == nil {
					roles = r.Roles
				}
				none = false
				paragraph(w, "  ", fmt.Sprintf("%s/%s: %s (%s)", r.Code, p.Name, p.Says, roleWords(roles)))
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
