package plugin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-spark/kubectl-spark/change"
	"github.com/kubectl-spark/kubectl-spark/rule"
	"github.com/kubectl-spark/kubectl-spark/scene"
)

// selection is which rules run, and the lowest level that is shown or fixed.
type selection struct {
	only, skip, areas []string
	level             string
	all               bool
}

// addFlags adds the flags; done says in one word what happens to the findings.
func (s *selection) addFlags(e *env, cmd *cobra.Command, done string) {
	f := cmd.Flags()
	f.StringSliceVar(&s.only, "only", nil, "codes of the rules to run, or codes with a part (SPK-S011/seccomp)")
	f.StringSliceVar(&s.skip, "skip", nil, "codes of rules to leave out, or codes with a part")
	f.StringSliceVar(&s.areas, "area", nil, "areas of the rules to run: "+strings.Join(areas(), ", "))
	f.StringVar(&s.level, "level", "", "lowest level that is "+done+": error, warning (default) or suggestion")
	f.BoolVar(&s.all, "all", false, "short for --level=suggestion")
	for _, flag := range []string{"only", "skip"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, e.completeCodes) // the flag was declared above: registration cannot fail
	}
	complete(cmd, "area", areas())
	complete(cmd, "level", levels())
}

func levels() (words []string) {
	for _, level := range rule.Levels() {
		words = append(words, level.Word())
	}
	return words
}

func areas() (names []string) {
	for _, area := range rule.Areas() {
		names = append(names, string(area))
	}
	return names
}

// read spells the codes as rules do, and gives an error for a value that is none.
func (s *selection) read(set *rule.Set) (err error) {
	for _, list := range []*[]string{&s.only, &s.skip} {
		for i, word := range *list {
			if (*list)[i], err = code(set, word); err != nil {
				return err
			}
		}
	}
	for _, area := range s.areas {
		if err := oneOf("area", area, areas()...); err != nil {
			return err
		}
	}
	if level, _ := rule.ParseLevel(s.level); s.all && s.level != "" && level != rule.Advice {
		return fmt.Errorf("--all is --level=suggestion, and --level=%s is given: give one of both", s.level)
	}
	if _, known := rule.ParseLevel(s.level); s.level != "" && !known {
		return oneOf("level", s.level, levels()...)
	}
	return nil
}

// code reads a code, or a code with a part, in any case.
func code(set *rule.Set, word string) (string, error) {
	name, part, has := strings.Cut(word, "/")
	known := set.Rule(strings.ToUpper(name))
	switch {
	case known == nil:
		return "", scene.NoRule(set, word)
	case !has:
		return known.Code, nil
	case set.Rule(known.Code+"/"+part) == nil:
		return "", fmt.Errorf("%s has no part %q: kubectl spark explain %s lists its parts", known.Code, part, known.Code)
	}
	return known.Code + "/" + part, nil
}

// lowest is the lowest level that is shown or fixed. Rules that are named are asked for whatever their level.
func (s *selection) lowest() rule.Level {
	level, known := rule.ParseLevel(s.level)
	switch {
	case s.all, !known && len(s.only) > 0:
		return rule.Advice
	case !known:
		return rule.Warning
	}
	return level
}

// narrow limits what a run asks for to the rules that are selected.
func (s *selection) narrow(want scene.Wanted) scene.Wanted {
	want.Skip = s.skip
	if len(s.only)+len(s.areas)+len(s.skip) == 0 {
		return want
	}
	want.Only = []string{}
	for _, r := range want.Set.Rules() {
		if slices.Contains(s.skip, r.Code) || len(s.areas) > 0 && !slices.Contains(s.areas, string(r.Area)) {
			continue
		}
		if len(s.only) == 0 {
			want.Only = append(want.Only, r.Code)
		}
		for _, word := range s.only {
			if name, _, _ := strings.Cut(word, "/"); name == r.Code {
				want.Only = append(want.Only, word)
			}
		}
	}
	return want
}

// limits are the flags that leave rules out, to be pasted and to be said beside a result.
func (s *selection) limits() (words []string) {
	for _, flag := range []struct {
		name   string
		values []string
	}{{"only", s.only}, {"skip", s.skip}, {"area", s.areas}} {
		if len(flag.values) > 0 {
			words = append(words, "--"+flag.name+"="+change.Quote(strings.Join(flag.values, ",")))
		}
	}
	return words
}
